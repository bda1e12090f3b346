"""The emoji that the simulated workspace knows, by Slack's names, and what they look like.

Slack stores an emoji that a person types as `:name:`, whatever their keyboard sent.
"""

NAMES = {
    "+1": "👍", "-1": "👎", "100": "💯", "airplane": "✈️", "alarm_clock": "⏰", "angry": "😠",
    "arrow_left": "⬅️", "arrow_right": "➡️", "arrows_counterclockwise": "🔄", "beers": "🍻", "bell": "🔔",
    "blush": "😊", "book": "📖", "bookmark": "🔖", "boom": "💥", "bug": "🐛", "bulb": "💡",
    "busts_in_silhouette": "👥", "cake": "🍰", "calendar": "📆", "clap": "👏", "clipboard": "📋",
    "clock1": "🕐", "cold_sweat": "😰", "confused": "😕", "construction": "🚧", "cry": "😢", "dart": "🎯",
    "disappointed": "😞", "e-mail": "📧", "email": "✉️", "exclamation": "❗", "eyes": "👀", "fire": "🔥",
    "gear": "⚙️", "ghost": "👻", "gift": "🎁", "grimacing": "😬", "grin": "😁", "grinning": "😀",
    "hammer": "🔨", "hammer_and_wrench": "🛠️", "hand": "✋", "handshake": "🤝", "headphones": "🎧",
    "heart": "❤️", "heart_eyes": "😍", "heavy_check_mark": "✔️", "heavy_multiplication_x": "✖️",
    "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "hugging_face": "🤗", "inbox_tray": "📥",
    "incoming_envelope": "📨", "information_source": "ℹ️", "innocent": "😇", "joy": "😂", "key": "🔑",
    "keyboard": "⌨️", "label": "🏷️", "large_blue_circle": "🔵", "large_green_circle": "🟢",
    "large_orange_circle": "🟠", "large_yellow_circle": "🟡", "laughing": "😆", "link": "🔗", "lock": "🔒",
    "loud_sound": "🔊", "loudspeaker": "📢", "mag": "🔍", "mega": "📣", "memo": "📝", "microphone": "🎤",
    "money_with_wings": "💸", "mute": "🔇", "muscle": "💪", "neutral_face": "😐", "no_bell": "🔕",
    "no_entry": "⛔", "no_entry_sign": "🚫", "ok": "🆗", "ok_hand": "👌", "open_hands": "👐",
    "outbox_tray": "📤", "package": "📦", "page_facing_up": "📄", "paperclip": "📎", "partying_face": "🥳",
    "pencil2": "✏️", "phone": "☎️", "point_right": "👉", "pray": "🙏", "printer": "🖨️", "pushpin": "📌",
    "question": "❓", "rage": "😡", "raised_hands": "🙌", "red_circle": "🔴", "repeat": "🔁",
    "robot_face": "🤖", "rocket": "🚀", "rotating_light": "🚨", "relieved": "😌", "scream": "😱",
    "see_no_evil": "🙈", "shrug": "🤷", "sleeping": "😴", "slightly_frowning_face": "🙁",
    "slightly_smiling_face": "🙂", "smile": "😄", "smiley": "😃", "smiling_face_with_tear": "🥲",
    "snowflake": "❄️", "sob": "😭", "sos": "🆘", "sparkles": "✨", "speech_balloon": "💬", "star": "⭐",
    "star2": "🌟", "stopwatch": "⏱️", "sun_with_face": "🌞", "sunglasses": "😎", "sunny": "☀️",
    "sweat_smile": "😅", "tada": "🎉", "telephone_receiver": "📞", "thinking_face": "🤔", "ticket": "🎫",
    "timer_clock": "⏲️", "trophy": "🏆", "unlock": "🔓", "upside_down_face": "🙃", "v": "✌️", "warning": "⚠️",
    "wastebasket": "🗑️", "wave": "👋", "white_check_mark": "✅", "white_circle": "⚪", "wink": "😉",
    "wrench": "🔧", "x": "❌", "yum": "😋", "zap": "⚡", "zzz": "💤", "one": "1️⃣", "two": "2️⃣",
    "three": "3️⃣", "four": "4️⃣", "five": "5️⃣",
}  # fmt: skip

# Slack files these under the first name, whichever one is given.
ALIASES = {
    "thumbsup": "+1", "thumbsdown": "-1", "satisfied": "laughing", "envelope": "email", "telephone": "phone",
    "collision": "boom", "raised_hand": "hand",
}  # fmt: skip

_BY_LOOK = {look: name for name, look in NAMES.items()} | {look.rstrip("\ufe0f"): name for name, look in NAMES.items()}
_LONGEST_FIRST = sorted(_BY_LOOK, key=len, reverse=True)


def name_of(given: str, custom: frozenset[str] = frozenset()) -> str:
    """Slack's own name for `given` (a name, `:name:` or the emoji itself), skin tone kept; "" where there is none."""
    bare = _BY_LOOK.get(given, given.strip(":"))
    name, _, tone = bare.partition("::")
    name = ALIASES.get(name, name)
    if name not in NAMES and name not in custom:
        return ""
    if tone and tone not in {f"skin-tone-{n}" for n in range(2, 7)}:
        return ""
    return f"{name}::{tone}" if tone else name


def to_names(text: str) -> str:
    """The text with each emoji that is known written as `:name:`."""
    if text.isascii():
        return text
    for look in _LONGEST_FIRST:
        if look in text:
            text = text.replace(look, f":{_BY_LOOK[look]}:")
    return text.replace("\ufe0f", "")


def to_looks(text: str) -> str:
    """The text with each known `:name:` as the emoji itself."""
    for name, look in NAMES.items():
        if f":{name}:" in text:
            text = text.replace(f":{name}:", look)
    return text

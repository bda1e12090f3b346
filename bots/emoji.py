"""Emoji by the names that people and platforms call them: Slack tells names, the others the character itself.

The names are Slack's short names, for the emoji that people use on messages at work.
"""

NAMED = """
+1 👍 -1 👎 grinning 😀 smiley 😃 smile 😄 grin 😁 laughing 😆 sweat_smile 😅 rolling_on_the_floor_laughing 🤣 joy 😂
slightly_smiling_face 🙂 upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 smiling_face_with_3_hearts 🥰 heart_eyes 😍
star-struck 🤩 kissing_heart 😘 relaxed ☺️ yum 😋 stuck_out_tongue 😛 stuck_out_tongue_winking_eye 😜 zany_face 🤪
hugging_face 🤗 face_with_hand_over_mouth 🤭 shushing_face 🤫 thinking_face 🤔 zipper_mouth_face 🤐 neutral_face 😐
face_with_raised_eyebrow 🤨 expressionless 😑 no_mouth 😶 smirk 😏 unamused 😒 face_with_rolling_eyes 🙄 grimacing 😬
relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 face_with_thermometer 🤒 nauseated_face 🤢 sneezing_face 🤧
hot_face 🥵 cold_face 🥶 dizzy_face 😵 exploding_head 🤯 face_with_cowboy_hat 🤠 partying_face 🥳 sunglasses 😎
nerd_face 🤓 face_with_monocle 🧐 confused 😕 worried 😟 slightly_frowning_face 🙁 white_frowning_face ☹️ open_mouth 😮
hushed 😯 astonished 😲 flushed 😳 pleading_face 🥺 frowning 😦 anguished 😧 fearful 😨 cold_sweat 😰 cry 😢 sob 😭
disappointed_relieved 😥 scream 😱 confounded 😖 persevere 😣 disappointed 😞 sweat 😓 weary 😩 tired_face 😫
yawning_face 🥱 triumph 😤 rage 😡 angry 😠 face_with_symbols_on_mouth 🤬 smiling_face_with_tear 🥲 saluting_face 🫡
melting_face 🫠 skull 💀 hankey 💩 clown_face 🤡 ghost 👻 robot_face 🤖 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊
heart ❤️ orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 white_heart 🤍
broken_heart 💔 two_hearts 💕 sparkling_heart 💖 heart_hands 🫶 100 💯 boom 💥 dizzy 💫 zzz 💤 speech_balloon 💬
thought_balloon 💭 wave 👋 hand ✋ ok_hand 👌 v ✌️ crossed_fingers 🤞 the_horns 🤘 call_me_hand 🤙 point_left 👈
point_right 👉 point_up_2 👆 point_down 👇 point_up ☝️ fist ✊ facepunch 👊 clap 👏 raised_hands 🙌 open_hands 👐
handshake 🤝 pray 🙏 writing_hand ✍️ muscle 💪 eyes 👀 brain 🧠 shrug 🤷 face_palm 🤦 raising_hand 🙋 bow 🙇 no_good 🙅
ok_woman 🙆 information_desk_person 💁 runner 🏃 dancer 💃 bust_in_silhouette 👤 busts_in_silhouette 👥 tada 🎉
confetti_ball 🎊 balloon 🎈 birthday 🎂 cake 🍰 gift 🎁 trophy 🏆 first_place_medal 🥇 dart 🎯 sparkles ✨ star ⭐
star2 🌟 fire 🔥 zap ⚡ rainbow 🌈 sunny ☀️ sun_with_face 🌞 snowflake ❄️ rocket 🚀 airplane ✈️ coffee ☕ tea 🍵 beer 🍺
beers 🍻 champagne 🍾 wine_glass 🍷 pizza 🍕 cookie 🍪 doughnut 🍩 popcorn 🍿 dog 🐶 cat 🐱 bug 🐛 unicorn_face 🦄
turtle 🐢 snail 🐌 four_leaf_clover 🍀 white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌
negative_squared_cross_mark ❎ heavy_multiplication_x ✖️ heavy_plus_sign ➕ heavy_minus_sign ➖ question ❓
grey_question ❔ exclamation ❗ grey_exclamation ❕ bangbang ‼️ interrobang ⁉️ warning ⚠️ no_entry ⛔ no_entry_sign 🚫
octagonal_sign 🛑 construction 🚧 rotating_light 🚨 sos 🆘 ok 🆗 new 🆕 up 🆙 cool 🆒 free 🆓 information_source ℹ️
recycle ♻️ arrows_counterclockwise 🔄 repeat 🔁 fast_forward ⏩ double_vertical_bar ⏸️ arrow_forward ▶️ arrow_up ⬆️
arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ back 🔙 soon 🔜 top 🔝 red_circle 🔴 large_orange_circle 🟠
large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 white_circle ⚪ black_circle ⚫ zero 0️⃣ one 1️⃣ two 2️⃣
three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ keycap_ten 🔟 bell 🔔 no_bell 🔕 lock 🔒 unlock 🔓 key 🔑
mag 🔍 bulb 💡 wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️ gear ⚙️ link 🔗 paperclip 📎 pushpin 📌 round_pushpin 📍 memo 📝
pencil2 ✏️ clipboard 📋 calendar 📆 date 📅 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊
package 📦 email ✉️ e-mail 📧 incoming_envelope 📨 inbox_tray 📥 outbox_tray 📤 bookmark 🔖 label 🏷️ ticket 🎫
admission_tickets 🎟️ computer 💻 desktop_computer 🖥️ keyboard ⌨️ printer 🖨️ iphone 📱 telephone_receiver 📞 phone ☎️
camera 📷 microphone 🎤 headphones 🎧 loud_sound 🔊 mute 🔇 mega 📣 loudspeaker 📢 hourglass ⌛
hourglass_flowing_sand ⏳ stopwatch ⏱️ timer_clock ⏲️ alarm_clock ⏰ watch ⌚ clock1 🕐 wastebasket 🗑️
money_with_wings 💸 moneybag 💰 credit_card 💳 book 📖 books 📚 page_facing_up 📄 file_folder 📁 house 🏠 office 🏢
car 🚗 bike 🚲 globe_with_meridians 🌐 earth_africa 🌍 crystal_ball 🔮 test_tube 🧪 checkered_flag 🏁
triangular_flag_on_post 🚩 waving_white_flag 🏳️
"""
ALIASES = {
    "thumbsup": "+1", "thumbsdown": "-1", "satisfied": "laughing", "envelope": "email", "telephone": "phone",
    "collision": "boom", "raised_hand": "hand", "punch": "facepunch", "poop": "hankey", "red_car": "car",
    "running": "runner", "heavy_exclamation_mark": "exclamation",
}  # fmt: skip
AS_EMOJI = "\ufe0f"  # the sign before it is shown in colour; platforms write it or leave it out
TONES = {chr(0x1F3FB + number): f"::skin-tone-{number + 2}" for number in range(5)}

_words = NAMED.split()
LOOKS = dict(zip(_words[::2], _words[1::2], strict=True))
_NAMES = {look.replace(AS_EMOJI, ""): name for name, look in LOOKS.items()}


def look_of(name: str) -> str:
    """The emoji with that name of Slack's ("wave::skin-tone-3"); `:name:` for one that only its workspace has."""
    base, _, tone = name.partition("::")
    look = LOOKS.get(ALIASES.get(base, base))
    if look is None:
        return f":{base}:"
    toned = next((sign for sign, called in TONES.items() if called == f"::{tone}"), "")
    return look.replace(AS_EMOJI, "") + toned if toned else look


def name_of(emoji: str) -> str:
    """Slack's name for an emoji, its skin tone kept; "" where it is not known. `:name:` is its own name."""
    if len(emoji) > 2 and emoji[0] == emoji[-1] == ":":
        return emoji[1:-1]
    tone = next((sign for sign in TONES if sign in emoji), "")
    name = _NAMES.get(emoji.replace(AS_EMOJI, "").replace(tone, "") if tone else emoji.replace(AS_EMOJI, ""), "")
    return name + TONES.get(tone, "") if name else ""


def same(one: str, other: str) -> bool:
    """Is it the same emoji, in whatever skin tone and however it is written: by name, as `:name:` or itself?"""
    return _bare(one) == _bare(other)


def _bare(given: str) -> str:
    name = name_of(given) or given
    base = name.partition("::")[0].casefold()
    return ALIASES.get(base, base)

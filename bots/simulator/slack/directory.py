"""Who is who: auth, users, usergroups, team, bots, emoji. https://docs.slack.dev/reference/methods"""

from bots.simulator.slack import events
from bots.simulator.slack.conversations import wanted_rooms
from bots.simulator.slack.methods import (
    SPECIAL,
    TIER_1,
    TIER_2,
    TIER_3,
    TIER_4,
    Args,
    SlackError,
    find_person,
    method,
    page,
)
from bots.simulator.slack.model import Json
from bots.simulator.slack.shapes import bot_profile, group_json, person_json, room_json
from bots.simulator.slack.world import World


@method("api.test", tier=TIER_4)
def api_test(world: World, args: Args) -> Json:
    given = {key: value for key, value in args.values.items() if key != "token"}
    if args.has("error"):
        raise SlackError(args.text("error"), args=given)
    return {"args": given} if given else {}


@method("auth.test", tier=SPECIAL)
def auth_test(world: World, args: Args) -> Json:
    app = world.app
    return {
        "url": f"https://{world.domain}.slack.com/",
        "team": world.team,
        "user": world.people[app.user_id].handle,
        "team_id": world.team_id,
        "user_id": app.user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke", tier=TIER_3, json=False)
def auth_revoke(world: World, args: Args) -> Json:
    if args.flag("test"):
        return {"revoked": False}
    events.tokens_revoked(world)
    world.app.condition = "revoked"
    return {"revoked": True}


@method("apps.connections.open", tier=TIER_1 * 60, app_level=True)
def connections_open(world: World, args: Args) -> Json:
    return {"url": world.open_link()}


@method("users.info", scope="users:read", tier=TIER_4, json=False)
def users_info(world: World, args: Args) -> Json:
    return {"user": person_json(world, find_person(world, args), locale=args.flag("include_locale"))}


@method("users.list", scope="users:read", tier=TIER_2, json=False)
def users_list(world: World, args: Args) -> Json:
    people, cursor = page(world, args, list(world.people.values()))
    shown = [person_json(world, one, locale=args.flag("include_locale")) for one in people]
    return {"members": shown, "cache_ts": world.seconds, "response_metadata": {"next_cursor": cursor}}


@method("users.lookupByEmail", scope="users:read.email", tier=TIER_3, json=False)
def users_lookup(world: World, args: Args) -> Json:
    wanted = args.required("email").casefold()
    for one in world.people.values():
        if one.email.casefold() == wanted and not one.bot and not one.external and not one.deleted:
            return {"user": person_json(world, one)}
    raise SlackError("users_not_found")


@method("users.conversations", tier=TIER_3, json=False)
def users_conversations(world: World, args: Args) -> Json:
    """The app's own rooms, or those of `user` that the app may know of."""
    rooms = wanted_rooms(world, args, member=not args.has("user"))
    if args.has("user"):
        user = find_person(world, args).id
        rooms = [one for one in rooms if user in one.members]
    found, cursor = page(world, args, rooms, most=999)
    shown = [{key: value for key, value in room_json(world, one).items() if key != "is_member"} for one in found]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


@method("usergroups.list", scope="usergroups:read", tier=TIER_2, json=False)
def usergroups_list(world: World, args: Args) -> Json:
    found = [one for one in world.groups.values() if not one.disabled or args.flag("include_disabled")]
    users, count = args.flag("include_users"), args.flag("include_count")
    return {"usergroups": [group_json(world, one, users=users, count=count) for one in found]}


@method("usergroups.users.list", scope="usergroups:read", tier=TIER_2, json=False)
def usergroups_users(world: World, args: Args) -> Json:
    group = world.groups.get(args.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    if group.disabled and not args.flag("include_disabled"):
        raise SlackError("subteam_disabled")
    return {"users": list(group.users)}


@method("team.info", scope="team:read", tier=TIER_3, json=False)
def team_info(world: World, args: Args) -> Json:
    team = {"id": world.team_id, "name": world.team, "domain": world.domain, "email_domain": ""}
    home = f"https://{world.domain}.slack.com/"
    icons = {f"image_{size}": f"{world.url}/team/{size}.png" for size in (34, 44, 68, 88, 102, 132)}
    address = {"url": home, "avatar_base_url": f"{world.url}/avatar/", "is_verified": False}
    return {"team": team | address | {"icon": icons | {"image_default": True}}}


@method("bots.info", scope="users:read", tier=TIER_3, json=False)
def bots_info(world: World, args: Args) -> Json:
    if args.text("bot", world.app.bot_id) != world.app.bot_id:
        raise SlackError("bot_not_found")
    profile = {key: value for key, value in bot_profile(world).items() if key != "team_id"}
    return {"bot": profile | {"user_id": world.app.user_id}}


@method("emoji.list", scope="emoji:read", tier=TIER_2, json=False)
def emoji_list(world: World, args: Args) -> Json:
    return {"emoji": dict(world.emoji), "cache_ts": world.new_ts()}

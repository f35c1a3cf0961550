"""Links that officers paste: the post they name, in every spelling, and what cannot be it."""

from __future__ import annotations

import pytest

from kabar.channel_table import read_channels
from kabar.channels.by_hand import SHAPES, HandPlace, place_of
from kabar.settings import REPOSITORY

KEY = "UC" + "a" * 22
WHATSAPP = "0029VaAaAaAaAaAaAaAaAa"


def test_every_channel_that_is_posted_by_hand_has_its_links() -> None:
    assert set(SHAPES) == read_channels(REPOSITORY / "include" / "channels.yaml").manual


@pytest.mark.parametrize(
    ("channel", "account", "link", "platform_id", "permalink"),
    [
        (
            "youtube",
            KEY,
            "https://youtube.com/post/Ugkx1234567890abc?si=teilen",
            "Ugkx1234567890abc",
            "https://www.youtube.com/post/Ugkx1234567890abc",
        ),
        (
            "youtube",
            KEY,
            f"https://www.youtube.com/channel/{KEY}/community?lb=Ugkx1234567890abc",
            "Ugkx1234567890abc",
            f"https://www.youtube.com/channel/{KEY}/community?lb=Ugkx1234567890abc",
        ),
        (
            "tiktok",
            "contoh.satu",
            "https://www.tiktok.com/@Contoh.Satu/photo/7300000000000000001?is_from_webapp=1#x",
            "7300000000000000001",
            "https://www.tiktok.com/@Contoh.Satu/photo/7300000000000000001",
        ),
        (
            "tiktok",
            "@contoh",
            " https://m.tiktok.com/@contoh/video/7300000000000000001/ ",
            "7300000000000000001",
            "https://www.tiktok.com/@contoh/video/7300000000000000001",
        ),
        (
            "whatsapp",
            WHATSAPP,
            f"https://whatsapp.com/channel/{WHATSAPP}/120",
            f"{WHATSAPP.casefold()}/120",
            f"https://www.whatsapp.com/channel/{WHATSAPP}/120",
        ),
        (
            "facebook_group",
            "123456789",
            "https://m.facebook.com/groups/123456789/permalink/987654321/?ref=share",
            "987654321",
            "https://www.facebook.com/groups/123456789/permalink/987654321",
        ),
        (
            "facebook_group",
            "123456789",
            "https://web.facebook.com/groups/namagrup/posts/987654321",
            "987654321",
            "https://www.facebook.com/groups/namagrup/posts/987654321",
        ),
    ],
)
def test_a_link_of_the_account_names_its_post_whatever_else_it_carries(
    channel: str, account: str, link: str, platform_id: str, permalink: str
) -> None:
    assert place_of(link, channel=channel, account=account) == HandPlace(platform_id, permalink)


@pytest.mark.parametrize(
    ("channel", "account", "link", "fault"),
    [
        ("tiktok", "contoh", "javascript:alert(1)", "no_address"),
        ("tiktok", "contoh", "7300000000000000001", "no_address"),
        ("tiktok", "contoh", "https://contoh@www.tiktok.com/@contoh/video/7300000000000000001", "no_address"),
        ("tiktok", "contoh", "https://[www.tiktok.com/@contoh", "no_address"),
        (
            "tiktok",
            "contoh",
            "https://www.tiktok.com.example.net/@contoh/video/7300000000000000001",
            "other_platform",
        ),
        ("tiktok", "contoh", "https://nottiktok.com/@contoh/video/7300000000000000001", "other_platform"),
        ("tiktok", "contoh", "https://www.tiktok.com/@contoh", "no_post"),
        ("tiktok", "contoh", "https://vm.tiktok.com/ZM0000000/", "other_platform"),
        ("tiktok", "contoh", "https://www.tiktok.com/@lain/video/7300000000000000001", "other_account"),
        ("youtube", KEY, "https://www.youtube.com/watch?v=abcdefghijk", "no_post"),
        ("youtube", KEY, "https://www.youtube.com/@contoh/community", "no_post"),
        (
            "youtube",
            KEY,
            f"https://www.youtube.com/channel/UC{'b' * 22}/community?lb=Ugkx1234567890abc",
            "other_account",
        ),
        ("whatsapp", WHATSAPP, f"https://whatsapp.com/channel/{WHATSAPP}", "no_post"),
        ("whatsapp", WHATSAPP, "https://whatsapp.com/channel/0029VbBbBbBbBbBbBbBbBb/120", "other_account"),
        ("whatsapp", WHATSAPP, "https://wa.me/62800000", "other_platform"),
        ("facebook_group", "123456789", "https://www.facebook.com/contoh/posts/987654321", "no_post"),
        ("facebook_group", "123456789", "https://www.facebook.com/share/p/AbCdEf/", "no_post"),
        (
            "facebook_group",
            "123456789",
            "https://www.facebook.com/groups/555555555/posts/987654321",
            "other_account",
        ),
    ],
)
def test_a_link_that_cannot_be_the_posts_own_is_not_taken(
    channel: str, account: str, link: str, fault: str
) -> None:
    assert place_of(link, channel=channel, account=account) == fault


def test_a_channel_whose_links_are_not_known_is_believed_a_web_address_alone() -> None:
    link = "https://contoh.example/unggahan/7?a=1"

    assert place_of(f"{link}#atas", channel="threads", account="") == HandPlace(link, link)
    assert place_of("unggahan 7", channel="threads", account="") == "no_address"

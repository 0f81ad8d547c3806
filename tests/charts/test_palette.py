import pytest

from deskpulse.charts.palette import DARK, LIGHT, SERIES_TOKENS, THEMES, Theme, contrast, css_variables

READ = [
    ("text", "surface"), ("text", "bg"), ("text", "hover"), ("muted", "surface"), ("muted", "bg"), ("muted", "hover"),
    ("faint", "surface"), ("faint", "bg"), ("faint", "side"), ("muted", "side"), ("accent", "surface"),
    ("accent", "accent-soft"), ("text", "accent-soft"), ("on-accent", "accent"), ("good", "good-soft"),
    ("bad", "bad-soft"), ("warn", "warn-soft"), ("good", "surface"), ("bad", "surface"),
]  # fmt: skip


def test_both_themes_have_the_same_tokens() -> None:
    assert set(LIGHT) == set(DARK)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), READ)
def test_text_can_be_read(theme: Theme, front: str, back: str) -> None:
    assert contrast(THEMES[theme][front], THEMES[theme][back]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("token", [*SERIES_TOKENS, "other"])
def test_series_stand_out_from_the_surface(theme: Theme, token: str) -> None:
    assert contrast(THEMES[theme][token], THEMES[theme]["surface"]) >= 3


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_tokens_become_css_variables() -> None:
    assert "--accent:#5151cd;" in css_variables("light")

"""The page that tells how good the figures about texts are, written from a run of the benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deskpulse.ops.bench import Figure
from deskpulse.ops.evaluation.label_maps import goemotions

_HEAD = """# How good the figures about texts are

Written by `deskpulse bench text`, which measures the usual tools on the same texts in the same run. The data sets are
public and lie beside the checkout (`DESKPULSE_BENCH_DATA_DIR`); nothing of them is in the package. `deskpulse evaluate
text` measures the same on [your own file](evaluate.md).

"""
_TAIL = """
## How they came about

- Nothing is chosen by a test part. Ways of learning, their strength, the slope of the probabilities and how far a
  decision leans to rare labels are chosen on held-out parts of the training texts, anew in every run. The weights of
  features were chosen by cross-validation inside Banking77's training part.
- The airline tweets and Endava have no test part of their own. Which ways are tried, and the one for few texts, were
  settled by looking at cross-validation over the same files: their figures are a little optimistic.
- The goals of learned figures are what TF-IDF (words 1-2, letters 2-5) with a linear support vector machine gives, and
  so many points more; VADER and TextBlob are cut as their authors or usual tutorials cut them.
- Sentiment's words and thresholds were checked on one half of the airline tweets earlier (0.709 there, 0.702 on the
  other half). No word about flying is in them.
- Topics by name: what a name means comes from a small word list of support (`enrich/data/concepts.toml`). It was
  written from general knowledge, with the names of these topics known, and looked at on one half of the tweets: the
  words for devices at the first, third, fifth … of Apple's inbound ones (0.962 there, 0.914 on the others).
- Ten examples a label: the other training texts are read without their labels, as the product reads tickets that nobody
  has sorted, and so are the names of the labels.
- Endava: 10 times 5 folds, drawn by seeds 0 to 9. Its urgency is that of 281 incidents, of which 10 have the rarest
  level: a class more or less right moves the figure by points.

## What was tried, and what it gave

By cross-validation inside training parts:

- Banking77: multinomial logistic regression gave what the support vector machine gives at eight times the time; pairs
  of words with a gap, letters 3-6 and means of several machines changed the third digit; letters at 1.4 times the
  weight of words gave half a point. Ridge regression was clearly worse. Words without their endings gave 0.0015 on five
  folds by two seeds (0.9050 to 0.9065), cut to five letters 0.0007, to six 0.0003; both words and stems no more. Themes
  as features, votes of the nearest texts mixed in, and sums of such machines: 0.0000 to 0.0010. Features weighed by how
  much they tell of the labels, or for each label by its log-count ratio: 0.001 to 0.006 less.
- Ten examples a label, 0.704 before: the labels' names +1.5 points, believing the surest unlabelled texts in rounds
  +2.9 more, themes (latent semantic analysis) as features +0.6 more. Label propagation over neighbours was no better.
  The probabilities were too low where low and too high where high, whatever the slope and the offsets: bending the
  likeliest label's by two more numbers brings the error from 0.063 to 0.032 on a third of the training part kept apart.
- Airline tweets, 0.748 before: signs of the shipped steps, accounts mentioned and one-sided features counting more gave
  0.777; logistic regression, Bayes' log-counts and their sums with the machine no more. Leaning a little to rare labels
  gives a quarter of a point: what it has to give on held-out texts goes by how many decisions it changes.
  Marking the words behind a negation moved four other seeds by 0.0003 downwards.
- Endava: letting rare labels count as much as frequent ones gives ten points of macro-F1 and costs accuracy.
- Endava urgency, by other seeds than the table's (a seed's draw is worth ±0.012): the rarest level is not told apart at
  all (its area under the curve is below one half), so the figure is two thirds of how well the two others are. Logistic
  regression, machines of other strengths, log-count ratios: 0.386 to 0.391; the length of the text, categories,
  emotions and escalation as signs: 0.380 to 0.397, and no two ways agree; themes, and leaving out rare words: nothing.

## What is weak

- Sentiment has 2,500 words in English, about 300 in each of Spanish, French, German, Portuguese, Italian and Dutch.
  Those six were tried on sentences of ours only. In every other language the sentiment is null until one is learned.
- Mockery is seen in a few common shapes ("Great, broken again.", "Thanks for losing my order.") and missed elsewhere.
- Short texts that two languages say alike ("Pedido incompleto") are of unsure language, and have no sentiment.
- That trouble no longer occurs is known by phrases ("ya no aparece", "tritt nicht mehr auf"): rarer verbs are missed.
- The shipped category names what most words speak for; its confidence is no probability. A learned one is.
- Urgency goes by wording. A calm report of a grave fault looks calm.
- GoEmotions are comments of a forum, not tickets, and its labels were folded roughly:

"""


def quality_page(rows: Sequence[Mapping[str, Any]], figures: Sequence[Figure], missing: Sequence[str] = ()) -> str:
    """Return the page: a table of trials (rows as `Tried.row` gives them), those that are `missing`, speed, and
    what stands behind them.
    """
    head = "| what | texts | figure | ours | goal | reached | compared, same figure | majority | calibration error |"
    lines = [head, "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        ours = f"**{row['ours']:.4f}**" + (f" ± {row['spread']:.3f}" if row["spread"] is not None else "")
        error = "–" if row["calibration_error"] is None else f"{row['calibration_error']:.3f}"
        cells = [row["trial"], f"{row['texts']:,}", row["figure"], ours, f"{row['goal']:.4f}", row["reached"],
                 row["compared"] or "–", f"{row['majority']:.3f}", error]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    if missing:
        lines += ["", f"Not measured in this run: {', '.join(missing)}."]
    lines += [
        "",
        "Speed is with two workers by the clock, beside whatever else the machine did; processor time is one core's.",
    ]
    lines += ["", "| speed | | goal |", "|---|---|---|"]
    for figure in figures:
        if figure.unit and figure.value is not None:
            goal = "–" if figure.goal is None else f"{figure.goal:,.0f}"
            lines.append(f"| {figure.label} | {figure.value:,.0f} {figure.unit} | {goal} |")
    by_ours: dict[str, list[str]] = {}
    for theirs, ours in goemotions().items():
        if not theirs.isdigit():
            by_ours.setdefault(ours, []).append(theirs)
    mapped = [f"  - {ours}: {', '.join(theirs)}" for ours, theirs in by_ours.items()]
    return _HEAD + "\n".join(lines) + "\n" + _TAIL + "\n".join(mapped) + "\n"

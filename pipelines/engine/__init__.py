"""frictionless' verdict on tables, without taking every row through frictionless.

A resource is opened by frictionless and judged by frictionless' own `validate`, which is fed the rows that a sift
could not clear. The report is frictionless' own, in errors, order, numbers and text; `stats.seconds` aside.
"""

from pipelines.engine.checksums import begin
from pipelines.engine.judge import JudgeFailed, Judgement, Progress, Way, judge, trusted
from pipelines.engine.spread import Spread

__all__ = ["JudgeFailed", "Judgement", "Progress", "Spread", "Way", "begin", "judge", "trusted"]

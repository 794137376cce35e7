"""Read the whole record again and say what is wrong with which entry: hashes, tree, signed heads, kiosks' chains, and the events beside it.

`rows` reads, `tree`, `chains` and `agreement` each judge one thing, `run` puts them together in short pieces, `findings` is what they say.
"""

from access_log.services.record_check.findings import Finding, Wrong
from access_log.services.record_check.run import Known, Progress, RecordCheck, Result

__all__ = ["Finding", "Known", "Progress", "RecordCheck", "Result", "Wrong"]

"""Kiwi 12.4 depends on a package that asks for `inspect.getargspec`, which Python 3.11 does not have any more."""

import inspect
from collections import namedtuple

if not hasattr(inspect, "getargspec"):
    inspect.getargspec = lambda function: namedtuple("ArgSpec", "args varargs keywords defaults")(
        *inspect.getfullargspec(function)[:4]
    )

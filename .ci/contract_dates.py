"""The proxy that holds requests and answers against the vendors' documents, with their dates: contract_dates.py FOLDER ARGUMENTS …

FOLDER holds `contract_proxy.py`. Its schemas say of many fields that they are dates (`format: date-time`), and it does not look at that.
"""

import re
import sys

sys.path.insert(0, sys.argv[1])
import contract_proxy

# RFC 3339, as the vendors' own answers have it: with a zone, and up to seven digits of a second.
DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?([Zz]|[+-]\d\d:?\d\d)")


@contract_proxy.FORMATS.checks("date-time")
def is_date(value):
    return not isinstance(value, str) or DATE.fullmatch(value) is not None


sys.exit(contract_proxy.main(sys.argv[2:]))

"""`python -m vo_lcc` is `vo-lcc`."""

import sys

from vo_lcc.cli import main

sys.exit(main())

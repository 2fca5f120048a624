import sys

from matdiff.cli import main

sys.exit(main())

"""The child that becomes LibreOffice: it bounds itself, then runs the program with the arguments it got."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[3]))
    from integrations.documents.worker.limits import bound

    bound(int(sys.argv[1]), int(sys.argv[2]))
    os.execv(sys.argv[3], sys.argv[3:])

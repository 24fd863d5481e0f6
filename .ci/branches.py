"""Read a coverage report in JSON and fail when fewer branches are taken than the given percent."""

import json
import sys


def main() -> int:
    """Print the share of branches taken; give 1 when it is too small."""
    totals = json.load(sys.stdin)["totals"]
    share = 100 * totals["covered_branches"] / totals["num_branches"]
    sys.stdout.write(f"{share:.1f} % of {totals['num_branches']} branches are taken\n")
    return int(share < float(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())

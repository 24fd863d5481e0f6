import subprocess
import sys


def test_importing_the_package_does_not_import_litellm() -> None:
    code = "import sys, promptevolver_llm; sys.exit('litellm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

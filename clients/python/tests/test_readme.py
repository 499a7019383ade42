import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab import App, until_now

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
PRINTED = [
    "['HELLO']\n",
    "{'status': 'idle'} 1\n42\n[1, 2, 3] {'counted': 3}\n",
    "all ['order 1']\n",
]


@pytest.mark.parametrize("number", range(len(PRINTED)), ids=["threaded", "asyncio", "load"])
def test_the_readme_shows_a_program_that_does_what_it_says(app: App, number: int, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(EXAMPLES[number].replace("ws://localhost:8080/ws", app.url).replace('"secret"', '"token-agent"'))
    ran = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=50, check=False)
    assert (ran.stdout, ran.stderr) == (PRINTED[number], "")


def test_the_examples_of_the_readme_are_typed(tmp_path: Path) -> None:
    assert len(EXAMPLES) == len(PRINTED)
    for n, example in enumerate(EXAMPLES):
        (tmp_path / f"example_{n}.py").write_text(example)
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


def test_the_readme_of_the_repository_shows_a_program_that_prints_what_is_published(app: App, tmp_path: Path) -> None:
    text = (README.parents[2] / "README.md").read_text()
    [example] = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    program = tmp_path / "program.py"
    program.write_text(example.replace("ws://localhost:8080/ws", app.url).replace('"secret"', '"token-reader"'))
    with subprocess.Popen([sys.executable, "-u", program], stdout=subprocess.PIPE, text=True) as running:
        until_now(lambda: bool(app("subscribers", channel="agent-updates")))
        app("broadcast", channel="agent-updates", data={"status": "running"})
        assert running.stdout is not None
        assert running.stdout.readline() == "agent-updates {'status': 'running'}\n"
        running.kill()

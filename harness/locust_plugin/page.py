"""What Locust's page shows of the verdicts: a line in its corner for each run that was judged, with its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, abort, jsonify, request, send_file, url_for
from locust.web import WebUI

from harness.run.load.folders import PAGE, Word, run_folder, words_of

SCRIPT = """\
<div id="harness" style="position:fixed;right:12px;bottom:12px;z-index:2000;max-width:min(420px,90vw);font:13px/1.6 \
system-ui,sans-serif;border-radius:6px;overflow:hidden;box-shadow:0 1px 6px rgba(0,0,0,.4)"></div>
<script>
(() => {
  const colours = {pass: "#1b6e3c", fail: "#a32020"};
  const box = document.getElementById("harness");
  const show = (runs) => box.replaceChildren(...runs.slice(-4).map((run) => {
    const line = document.createElement(run.report ? "a" : "div");
    line.textContent = `Run ${run.number}: ${run.says}` + (run.report ? " \u2192 report" : "");
    if (run.report) { line.href = run.report; line.target = "_blank"; }
    line.style = "display:block;padding:4px 12px;color:#fff;text-decoration:none;background:" +
      (colours[run.outcome] || "#7a5300");
    return line;
  }));
  const ask = () => fetch("RUNS").then((answer) => answer.json()).then(show).catch(() => {});
  ask();
  setInterval(ask, 2000);
})();
</script>
"""


def show_runs(page: WebUI, root: Path) -> None:
    """Have Locust's page tell of the runs under `root`."""
    app: Any = page.app
    guarded: Any = page.auth_required_if_enabled
    base = getattr(page.environment.parsed_options, "web_base_path", None) or ""

    def runs() -> Response:
        return jsonify([_line(root, word) for word in words_of(root)])

    def report(number: int) -> Response:
        file = run_folder(root, number) / PAGE
        return send_file(file.resolve()) if file.exists() else abort(404)

    def beside(answer: Response) -> Response:
        if request.endpoint == "locust.index" and answer.status_code == 200:
            script = SCRIPT.replace("RUNS", url_for(_RUNS))
            answer.set_data(answer.get_data(as_text=True).replace("</body>", f"{script}</body>"))
        return answer

    app.add_url_rule(f"{base}/harness/runs", _RUNS, guarded(runs))
    app.add_url_rule(f"{base}/harness/runs/<int:number>", _REPORT, guarded(report))
    app.after_request(beside)


_RUNS, _REPORT = "harness_runs", "harness_report"


def _line(root: Path, word: Word) -> dict[str, object]:
    has_report = (run_folder(root, word.number) / PAGE).exists()
    url = url_for(_REPORT, number=word.number) if has_report else None
    return {"number": word.number, "outcome": word.outcome, "says": word.says, "report": url}

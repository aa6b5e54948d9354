# A repository's issues are listed, one is opened, and its repository read. Run by `harness record`.
set -e
api=https://api.github.com/repos/octocat/Hello-World
ask() { curl -sS -H "Authorization: Bearer $GITHUB_API_KEY" -H 'Accept: application/vnd.github+json' "$@"; }

ask "$api"
ask "$api/issues?state=open&per_page=2"
ask "$api/issues" -H 'Content-Type: application/json' -d '{"title": "Found a bug", "body": "It is small."}'
ask "$api/issues?state=open&per_page=2"

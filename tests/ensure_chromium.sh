#!/bin/sh
# The accessibility tests and the journeys look at the patient's pages in a real browser.
set -eu

if command -v chromium >/dev/null 2>&1; then
	exit 0
fi

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
	echo "Installing Chromium for the tests."
	apt-get update --quiet
	DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends chromium
	exit 0
fi

cat >&2 <<'HOW'
The tests need Chromium, and there is no program `chromium` on this machine.
  Debian:  sudo apt-get update && sudo apt-get install chromium
  Elsewhere: install Chromium and make it known as `chromium` on your PATH.
Then run `make test` again.
HOW
exit 1

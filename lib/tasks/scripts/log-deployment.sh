#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# Fourth step of DeployTask: shows what will be applied, apart from what is in Secrets.
set -eu
. "$(dirname "$0")/common.sh"

[ -f "$WORK/deploy.yaml" ] || exit 0
awk '
	function show() {
		if (text ~ /(^|\n)kind: Secret\n/) print "# a Secret, not shown\n---"
		else if (text != "") printf "%s---\n", text
		text = ""
	}
	$0 == "---" { show(); next }
	{ text = text $0 "\n" }
	END { show() }
' "$WORK/deploy.yaml"

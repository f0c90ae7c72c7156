#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of NotifyTask: waits until the run's finish has ended, and tells people what came of the run.
#
# The texts that it tells come from the API as JSON and stay JSON, so nothing in them can become another member of the
# message. The URL may be a secret: it gets into no argument of a program, and into no line of the log.
set -eu
. "$(dirname "$0")/common.sh"

: "${SEND_SECONDS:=10}"
: "${SEND_TRIES:=5}"

check_label service "$SERVICE"
check_label namespace "$SERVICE_NAMESPACE"
check_pipeline_run
check_label finish "$FINISH"
optional check_label build "$BUILD"
check format "$FORMAT" 'slack|json' 'slack or json'
check_name secret "$SECRET"
check secret-key "$SECRET_KEY" '[-._a-zA-Z0-9]+' 'the key of a Secret: letters, digits, "-", "_" and "."' 253
host='[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?'
[ -z "$URL" ] || check url "$URL" "https?://$host(/[A-Za-z0-9._~!&()*+,;=:@%/?-]*)?" \
	'an http or https URL without spaces and quotes' 2000
[ -z "$LINK" ] || check link "$LINK" "https?://$host(/[A-Za-z0-9._~!&()*+,;=:@%/?#-]*)?" \
	'an http or https URL without spaces and quotes' 2000
check_number deadline "$DEADLINE_SECONDS"

# The end of a line is easily put into a Secret by mistake.
[ -n "$URL" ] || URL=$(printf '%s' "${SECRET_URL:-}")
[ -n "$URL" ] || fail "nobody can be told: there is no Secret $SECRET with a key $SECRET_KEY in the namespace of the run; make it with kubectl create secret generic $SECRET --from-literal=$SECRET_KEY=URL"
matches "$URL" "https?://$host(/[A-Za-z0-9._~!&()*+,;=:@%/?-]*)?" ||
	fail "nobody can be told: what the Secret $SECRET has as $SECRET_KEY is no http or https URL, or has a user, spaces or quotes in it; write it anew"

NAMESPACE=${PIPELINE_RUN%%/*}
run=${PIPELINE_RUN#*/}
. "$(dirname "$0")/kubectl.sh"

# task_run TASK: the name of a task's TaskRun; nothing while there is none.
task_run() {
	kube get pipelineruns.tekton.dev "$run" -o go-template='{{range .status.childReferences}}{{.pipelineTaskName}} {{.name}}
{{end}}' >"$scratch/children" || fail "the PipelineRun $run is gone, so nobody is told of it"
	told_in "$scratch/children" "$1"
}

# ended TASKRUN: whether it has.
ended() {
	kube get taskruns.tekton.dev "$1" -o go-template='{{range .status.conditions}}{{.type}} {{.status}}
{{end}}' >"$scratch/conditions" || fail "the TaskRun $1 is gone, so nobody is told of it"
	case $(told_in "$scratch/conditions" Succeeded) in True | False) ;; *) return 1 ;; esac
}

# read_results TASK: a line of JSON for each. A task that did not run has none.
read_results() {
	local name
	: >"$scratch/results.$1"
	name=$(task_run "$1")
	[ -z "$name" ] ||
		kube get taskruns.tekton.dev "$name" -o jsonpath='{range .status.results[*]}{@}{"\n"}{end}' >"$scratch/results.$1" ||
		[ $? = "$not_found" ]
}

# value TASK RESULT: a JSON string, or null where there is no such result. A quote in a JSON string has a backslash before
# it, so nothing in one looks like a member.
value() {
	local found=
	[ -z "$1" ] || found=$(sed -n "s/^{\"name\":\"$2\",.*\"value\":\(\".*\"\)}\$/\1/p" "$scratch/results.$1")
	printf '%s' "${found:-null}"
}

# each_weight BETWEEN FORMAT: the weights, in a form for printf.
each_weight() {
	local list
	list=$(value "$FINISH" weights | tr -d '"')
	matches "$list" '[-a-z0-9.]+=[0-9]+(,[-a-z0-9.]+=[0-9]+)*' || return 0
	printf '%s' "$list" | awk -v RS=, -F= -v between="$1" -v format="$2" '{ printf separator format, $1, $2; separator = between }'
}

# text VALUE: a JSON string without its quotes, as Slack may show it. Slack takes what is in < and > as a command, others a
# word with @ before it, but not in code; so nothing may end the code either.
text() {
	local mark
	mark=$(printf '\001')
	[ "$1" = null ] || printf '%s' "$1" | sed -e 's/^"//' -e 's/"$//' -e 's/\\\\/'"$mark"'/g' -e 's/\\[bfnrt]/ /g' \
		-e 's/\\u003c/</g' -e 's/\\u003e/>/g' -e 's/\\u0026/\&/g' \
		-e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/'"$mark"'/\\\\/g' | tr '\140' "'"
}

# line NAME TEXT: a line of the message, unless there is nothing to say.
line() { [ -z "$2" ] || printf '%-8s %s\\n' "$1" "$2"; }

slack() {
	local title='no verdict' code link
	code=$(printf '\140\140\140')
	! matches "$verdict" '"[a-z]+"' || title=$(text "$verdict")
	link=$(printf '%s' "$LINK" | sed 's/&/\&amp;/g')
	printf '{"text":"%s in %s: %s\\n%s\\n' "$SERVICE" "$SERVICE_NAMESPACE" "$title" "$code"
	line reason "$(text "$reason")"
	line commit "$(text "$commit")"
	line winner "$(text "$(value "$FINISH" winner)")"
	line weights "$(each_weight ', ' '%s %s %%')"
	line image "$(text "$(value "$FINISH" image)")"
	line run "$run"
	printf '%s%s"}' "$code" "${link:+\\n$link}"
}

json() {
	printf '{"service":"%s","namespace":"%s","run":"%s"' "$SERVICE" "$SERVICE_NAMESPACE" "$run"
	printf ',"verdict":%s,"reason":%s,"commit":%s' "$verdict" "$reason" "$commit"
	printf ',"winner":%s,"image":%s' "$(value "$FINISH" winner)" "$(value "$FINISH" image)"
	printf ',"weights":{%s},"link":%s}' "$(each_weight , '"%s":%s')" "$(members link "$LINK" | sed 's/^"link"://')"
}

# send: once. Says what went wrong, without what curl says of it, which may have the URL in it.
send() {
	local status=0 code
	code=$(curl -q -s --config "$scratch/curl" --proto '=http,https' --max-time "$SEND_SECONDS" -o /dev/null -w '%{http_code}' \
		-H 'Content-Type: application/json' --data-binary "@$scratch/message" 2>/dev/null) || status=$?
	again=yes
	case $status in
	0) ;;
	6) problem='its host is not known' ;;
	7) problem='the connection is refused' ;;
	28) problem="there is no answer within $SEND_SECONDS seconds" ;;
	35 | 60) problem='its certificate or its encryption is not accepted' ;;
	*) problem="curl ends with status $status" ;;
	esac
	[ "$status" = 0 ] || return
	problem="the answer is $code"
	case $code in
	2*) return 0 ;;
	3*) again='' problem="$problem, and redirects are not followed; take the URL to which it leads" ;;
	408 | 429 | 5*) ;;
	*) again='' ;;
	esac
	return 1
}

say "waiting for the end of run $run, for at most $DEADLINE_SECONDS seconds"
until=$(($(now) + DEADLINE_SECONDS))
late=
while [ -z "$late" ]; do
	finish=$(task_run "$FINISH")
	[ -z "$finish" ] || ! ended "$finish" || break
	if [ "$(now)" -ge "$until" ]; then
		late="\"$FINISH has not ended within $DEADLINE_SECONDS seconds\""
	else
		pause
	fi
done
read_results "$FINISH"
[ -z "$BUILD" ] || read_results "$BUILD"
verdict=$(value "$FINISH" verdict)
reason=${late:-$(value "$FINISH" reason)}
commit=$(value "$BUILD" commit)

"$FORMAT" >"$scratch/message"
printf 'url = "%s"\n' "$URL" >"$scratch/curl"
tries=1
until send; do
	[ -n "$again" ] && [ "$tries" -lt "$SEND_TRIES" ] ||
		fail "nobody was told of run $run: $problem, after $tries tries; the run itself is not affected"
	say "$problem; trying again"
	sleep $((tries * POLL_SECONDS))
	tries=$((tries + 1))
done
say "told of run $run: verdict $verdict"

# shellcheck shell=dash
# What a run tells of its end. Needs judge.sh and conclude.sh.

# report NAME=STATUS ...: all of it as a short text, with how the tasks ended.
report() {
	local task
	printf '%s: %s\n' "${verdict:-no verdict}" "$reason"
	printf '%-10s %s\n' service "$SERVICE in $NAMESPACE" winner "${winner:-none}" baseline "${baseline:-none}" \
		candidate "${candidate:-none}" image "${image:-none}" experiment "${experiment:-none}"
	for task; do
		printf '%-10s %s\n' task "${task%%=*} ${task#*=}"
	done
}

# write_results: the results of the task.
write_results() {
	result "$RESULT_VERDICT" "$verdict"
	result "$RESULT_WINNER" "$winner"
	result "$RESULT_REASON" "$reason"
	result "$RESULT_WEIGHTS" "$weights"
	result "$RESULT_IMAGE" "$image"
	printf '%s' "$report" | LC_ALL=C tr '<>&' '()+' | cut -c 1-300 | head -c 1500 >"$RESULT_REPORT"
}

# shellcheck shell=dash
# Which version of the service is live. Needs routing.sh.

# find_baseline: the Deployment that is live; nothing when the service has none yet.
find_baseline() {
	local live pods
	live=$(live_versions)
	if [ -n "$BASELINE" ]; then
		printf '%s\n' "$live" | grep -Fqx -- "$BASELINE" ||
			fail "param baseline is $BASELINE, which is not live: the traffic of $SERVICE goes to $(printf '%s' "${live:-no Deployment}" | tr '\n' ' '); name one of these, or leave it out"
		printf '%s' "$BASELINE"
		return
	fi
	[ "$(printf '%s' "$live" | grep -c . || :)" -le 1 ] ||
		fail "service $SERVICE has several versions that could be the live one: $(printf '%s' "$live" | tr '\n' ' '); delete those that are not, or name the live one in the param baseline"
	if [ -z "$live" ] && [ -s "$scratch/versions" ]; then
		fail "the routing of $SERVICE leads to none of its versions: $(tr '\n' ';' <"$scratch/versions") correct the VirtualService $(router_name), or delete it with the DestinationRule $(rule_name)"
	fi
	if [ -z "$live" ] && service_exists; then
		pods=$(kube get pods -l "$(about 'END { text = substr(selector[service], 2); gsub(/ /, ",", text); print text }')" \
			-o go-template='{{range .items}}{{if eq .status.phase "Running"}}{{.metadata.name}} {{end}}{{end}}') || exit
		[ -z "$pods" ] ||
			fail "service $SERVICE has pods that no Deployment in $NAMESPACE makes: $pods; iter8 compares Deployments, so the live version has to be one"
	fi
	printf '%s' "$live"
}

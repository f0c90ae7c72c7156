# shellcheck shell=dash
# Which version of the service is live. Needs routing.sh.

# find_baseline: the Deployment that is live; nothing when the service has none yet.
find_baseline() {
	local live others tries
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
	# Where nothing routes the service yet, all pods that it selects get requests.
	if service_exists && { [ -z "$live" ] || [ -z "$(router_name)" ]; }; then
		tries=0
		# The pods of a Deployment that was just deleted go a little later.
		while others=$(other_pods "${live:+ReplicaSet}") || exit; [ -n "$others" ] && [ "$tries" -lt 5 ]; do
			tries=$((tries + 1))
			pause
		done
		[ -z "$others" ] ||
			fail "service $SERVICE has pods that no Deployment in $NAMESPACE makes: $others; iter8 compares Deployments, and sends no requests to other pods; have one Deployment make all of them"
	fi
	printf '%s' "$live"
}

# other_pods OWNER: those that the Service selects and that nothing of this kind makes, such as the ReplicaSet of a Deployment.
other_pods() {
	local wanted
	wanted=$(about 'END { text = substr(selector[service], 2); gsub(/ /, ",", text); print text }')
	[ -n "$wanted" ] || fail "service $SERVICE has no selector, so no Deployment in $NAMESPACE is a version of it; name the Service whose pods are to be delivered"
	kube get pods -l "$wanted" -o go-template='{{range .items}}{{$owner := "-"}}{{range .metadata.ownerReferences}}{{$owner = .kind}}{{end
}}{{if and (eq .status.phase "Running") (not .metadata.deletionTimestamp) (ne $owner "'"$1"'")}}{{.metadata.name}} {{end}}{{end}}' || exit
}

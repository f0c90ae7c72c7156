# shellcheck shell=dash
# The Experiment to be created: from a param, or from a file of the repository. Needs common.sh and kubectl.sh.

# write_experiment: what the template says, with what is known by now.
write_experiment() {
	printf '%s' "$TEMPLATE" | sed -e "s/@name@/$experiment/g" -e "s/@namespace@/$NAMESPACE/g" -e "s/@service@/$SERVICE/g" \
		-e "s/@router@/$router/g" -e "s/@baseline@/$baseline/g" -e "s/@candidate@/$candidate/g" -e "s/@run@/$RUN/g" >"$scratch/experiment.json"
	[ -n "$TEMPLATE_PATH" ] || return 0
	mv "$scratch/experiment.json" "$scratch/versions.json"
	kubectl patch --local -f "$WORK/template" --type merge --patch-file "$scratch/versions.json" -o json >"$scratch/experiment.json"
}

# check_template: it comes from outside, and may only be this experiment.
check_template() {
	baseline=baseline candidate=candidate
	write_experiment
	[ "$(kubectl patch --local -f "$scratch/experiment.json" --type merge -p '{}' -o go-template='{{.apiVersion}} {{.kind}} {{.metadata.name}} {{.metadata.namespace}}{{with .spec}}{{with .cleanup}} cleanup{{end}}{{end}}' 2>/dev/null)" = \
		"$ITER8_API_VERSION Experiment $experiment $NAMESPACE" ] || fail "param template is '$(shown "$TEMPLATE")'; expected an Experiment as ExperimentTask.addTo writes it, without cleanup"
}

# template_fact KEY: what a file in the repository says, without the quotes around it.
template_fact() {
	local value
	value=$(told_in "$scratch/template" "$1")
	value=${value#\"}
	printf '%s' "${value%\"}"
}

broken() { fail "$TEMPLATE_PATH at commit $COMMIT $1; nothing was created"; }

# read_template: refuses what is no Experiment of this service, and what would never end or end without a winner.
read_template() {
	local found
	kubectl patch --local -f "$WORK/template" --type merge -p '{}' -o go-template="$ITER8_TEMPLATE" >"$scratch/template" 2>"$scratch/error" ||
		broken "can't be read: $(kube_error); expected one Experiment as YAML or JSON"
	found=$(grep -c '^kind ' "$scratch/template") || :
	[ "$found" = 1 ] || broken "has $found objects; expected one, the Experiment"
	[ "$(template_fact apiVersion) $(template_fact kind)" = "$ITER8_API_VERSION Experiment" ] ||
		broken "has a $(shown "$(template_fact kind)") of $(shown "$(template_fact apiVersion)"); expected an Experiment of $ITER8_API_VERSION, as the pipeline's api says"
	matches "$(template_fact name)" '[a-z0-9]([-a-z0-9]*[a-z0-9])?' ||
		broken "has the name '$(shown "$(template_fact name)")'; expected lower-case letters, digits and \"-\", with which the names of experiments begin"
	case $(template_fact service) in
	'' | "$SERVICE") ;;
	*) broken "is for service $(shown "$(template_fact service)"); expected $SERVICE, or none" ;;
	esac
	[ -z "$(template_fact override)" ] || broken "asks for $(shown "$(template_fact override)"); expected no override in a template"
	# iter8 deletes before it changes the routing, so also versions that still have traffic.
	[ -z "$(template_fact cleanup)" ] || broken "has the cleanup '$(shown "$(template_fact cleanup)")'; expected none, because iter8 would delete versions that still have traffic; remove it, and say cleanup of the pipeline instead"
	[ -z "$(template_fact interval)" ] || matches "$(template_fact interval)" '([0-9]+(\.[0-9]+)?(h|m|s|ms))+' ||
		broken "has the interval '$(shown "$(template_fact interval)")'; expected a duration with its unit, such as 30s, without which iter8 would never go on"
	[ "$ITER8_WINS_WITHOUT_CRITERIA" = true ] || [ -n "$(template_fact criteria)" ] ||
		broken "has no criteria; expected at least one, because no candidate wins without"
}

# shellcheck shell=dash
# Who gets the traffic of a service. Needs kubectl.sh.
#
# The routing objects decide, not what an experiment says of itself: each weight of the VirtualService goes to a subset
# of the DestinationRule, and each subset to the pods that have all of its labels. Without a VirtualService the Service
# sends traffic to all pods that its selector matches.

# The id by which iter8 labels the routing of the service. A label's value has 63 characters at most.
host=$SERVICE.$NAMESPACE.svc.cluster.local
router=$host
[ "${#router}" -le 63 ] || router=$SERVICE
other_router=$router
if [ "${ITER8_ROUTER_BY_SERVICE:-}" = true ]; then
	# Versions of v1alpha1 differ in whether they write the namespace too.
	router=$SERVICE
fi

# Go template that writes a line for each fact about the Services, the Deployments and the routing of a namespace. `js` keeps on its
# line what may be any text.
routing_template='{{range .items}}{{$kind := .kind}}{{$name := .metadata.name}}{{$own := "other"}}{{$role := "-"}}{{$experiment := "-"}}{{$run := "-"
}}{{with .metadata.labels}}{{with index . "'$ITER8_ROUTER_LABEL'"}}{{if or (eq . "'$router'") (eq . "'$other_router'")}}{{$own = "own"}}{{end}}{{end
}}{{with index . "iter8-tools/role"}}{{$role = .}}{{end}}{{with index . "iter8-tools/experiment"}}{{$experiment = .}}{{end
}}{{with index . "cdk8s-iter8/run"}}{{$run = .}}{{end}}{{end
}}{{if eq $kind "Service"}}service {{$name}}{{range $key, $value := .spec.selector}} {{$key}}={{$value}}{{end}}
{{else if eq $kind "Deployment"}}deployment {{$name}} {{if .metadata.deletionTimestamp}}deleted{{else if .status.availableReplicas}}available{{else}}unavailable{{end
}} {{$run}}{{range $key, $value := .spec.template.metadata.labels}} {{$key}}={{$value}}{{end}}
{{else if eq $kind "DestinationRule"}}rule {{$name}} {{$own}} {{.spec.host | js}}
{{range .spec.subsets}}subset {{$name}} {{.name | js}}{{range $key, $value := .labels}} {{$key | js}}={{$value | js}}{{end}}
{{end}}{{else}}router {{$name}} {{$own}} {{$role}} {{$experiment}}
{{range .spec.gateways}}gateway {{$name}} {{. | js}}
{{end}}{{range .spec.http}}{{with .route}}{{$routes := len .}}{{range .}}route {{$name}} {{.destination.host | js}} {{with .destination.subset}}{{. | js}}{{else}}-{{end
}} {{if .weight}}{{.weight}}{{else if eq $routes 1}}100{{else}}0{{end}} {{with .destination.port}}{{.number | js}}{{end}}
{{end}}{{end}}{{end}}{{end}}{{end}}'

# What programs for awk need to read that.
routing_functions='
	# Whether labels fulfil a selector.
	function has(labels, wanted,    i, n, parts) {
		n = split(wanted, parts, " ")
		for (i = 1; i <= n; i++) if (index(" " labels " ", " " parts[i] " ") == 0) return 0
		return 1
	}
	function rest(from,    i, text) {
		for (i = from; i <= NF; i++) text = text " " $i
		return text
	}
	# A host as the mesh knows it.
	function whole(name) {
		if (index(name, ".") == 0) return name "." namespace ".svc.cluster.local"
		if (name ~ /^[^.]+\.[^.]+$/) return name ".svc.cluster.local"
		return name ~ /\.svc$/ ? name ".cluster.local" : name
	}
	$1 == "service" { selector[$2] = rest(3) }
	$1 == "deployment" { name[++all] = $2; state[$2] = $3; pods[$2] = rest(5) }
	$1 == "router" { own_router[$2] = $3 == "own"; if ($3 == "own") routed = 1 }
	$1 == "gateway" { gateways[$2]++; if ($3 == "mesh") in_mesh[$2] = 1 }
	$1 == "rule" { rule_host[$2] = whole($4); own_rule[$2] = $3 == "own" }
	$1 == "subset" { labels[rule_host[$2] " " $3] = rest(4); if (own_rule[$2]) own_subset[$3] = rest(4) }
	$1 == "route" { router[++routes] = $2; target[routes] = whole($3); subset[routes] = $4; weight[routes] = $5 + 0 }
'

# about PROGRAM [NAME=VALUE ...]: what a program for awk makes of the facts, sorted.
about() {
	local program=$1
	shift
	for value; do
		set -- "$@" -v "$value"
		shift
	done
	awk -v service="$SERVICE" -v namespace="$NAMESPACE" -v host="$host" "$@" "$routing_functions $program" "$scratch/routing" >"$scratch/about" &&
		LC_ALL=C sort -u "$scratch/about"
}

# read_routing: reads all of it into a file. Tells whether the Service exists.
read_routing() {
	local found=0
	kube get services,deployments.apps,virtualservices.networking.istio.io,destinationrules.networking.istio.io \
		-o go-template="$routing_template" >"$scratch/facts" || found=$?
	[ "$found" = 0 ] || fail "the routing of $SERVICE can't be read: $(kube_error); are Istio's CRDs installed?"
	mv "$scratch/facts" "$scratch/routing"
	# A line for each version of the service: its name, available or not, and the highest weight that leads to it; "-"
	# where several versions share the traffic because nothing routes it.
	about '
		END {
			for (d = 1; d <= all; d++) if (selector[service] != "" && has(pods[name[d]], selector[service])) version[++versions] = name[d]
			for (v = 1; v <= versions; v++) {
				d = version[v]
				traffic = routed ? 0 : versions == 1 ? 100 : "-"
				for (r = 1; r <= routes; r++) if (own_router[router[r]]) {
					known = subset[r] == "-" || subset[r] in own_subset
					if (known && has(pods[d], own_subset[subset[r]]) && weight[r] > traffic + 0) traffic = weight[r]
				}
				print d, state[d], traffic
			}
		}
	' >"$scratch/versions" || fail "the routing of $SERVICE can't be understood; report this with the log"
	service_exists
}

service_exists() { grep -q "^service $SERVICE\( \|\$\)" "$scratch/routing"; }

# field FILE NAME N: the Nth word of the line about a name.
field() { awk -v name="$2" -v n="$3" '$1 == name { print $n; exit }' "$scratch/$1"; }

# traffic DEPLOYMENT: the weight that leads to it, in percent; "-" without routing; nothing when it is no version of the
# service.
traffic() { field versions "$1" 3; }

# shares: what share of the traffic each version has, as NAME=PERCENT with commas between; nothing where nothing routes it.
shares() { awk '$3 != "-" { printf "%s%s=%s", separator, $1, $3; separator = "," }' "$scratch/versions"; }

available() { [ "$(field versions "$1" 2)" = available ]; }

# fact KIND NAME N: the Nth word of a fact, or nothing.
fact() { awk -v kind="$1" -v name="$2" -v n="$3" '$1 == kind && $2 == name { print $n; exit }' "$scratch/routing"; }

exists() { [ -n "$(fact deployment "$1" 2)" ]; }

# made_by DEPLOYMENT: the run that has made it, or "-".
made_by() { fact deployment "$1" 4; }

# labels_of DEPLOYMENT: the labels of its pods.
labels_of() { awk -v name="$1" '$1 == "deployment" && $2 == name { for (i = 5; i <= NF; i++) printf "%s%s", (i > 5 ? " " : ""), $i }' "$scratch/routing"; }

# router_name, router_role, router_experiment: the VirtualService, and what iter8 uses it for.
router_name() { awk '$1 == "router" && $3 == "own" { print $2; exit }' "$scratch/routing"; }
router_role() { awk '$1 == "router" && $3 == "own" { print $4; exit }' "$scratch/routing"; }
router_experiment() { awk '$1 == "router" && $3 == "own" { print $5; exit }' "$scratch/routing"; }

# routed_experiment: the experiment for which iter8 uses the routing; nothing where it uses that for none.
routed_experiment() {
	local name
	case $(router_role) in '' | - | stable) return ;; esac
	name=$(router_experiment)
	[ "$name" = - ] || printf '%s' "${name%".$NAMESPACE"}"
}

# router_port: the port of the service to which it leads; nothing where the requests decide.
router_port() { awk -v router="$(router_name)" '$1 == "route" && $2 == router { print $6; exit }' "$scratch/routing"; }

# rule_name: the DestinationRule.
rule_name() { awk '$1 == "rule" && $3 == "own" { print $2; exit }' "$scratch/routing"; }

# live_versions: the Deployments that may be the live one: those with most of the traffic, where there is routing, else
# those that run, if any does.
live_versions() {
	awk '
		{ name[NR] = $1; runs[NR] = $2 == "available"; weight[NR] = $3 + 0; if (weight[NR] > most) most = weight[NR] }
		$3 != "-" { routed = 1 }
		runs[NR] { some = 1 }
		END { for (i = 1; i <= NR; i++) if (routed ? most > 0 && weight[i] == most : runs[i] || !some) print name[i] }
	' "$scratch/versions"
}

# other_routing: VirtualServices that iter8 does not know and that lead to the service, a line for each: its name, and
# whether it is for the mesh or names a subset (conflict), or just goes past the routing (past).
other_routing() {
	about '
		END {
			for (r = 1; r <= routes; r++) if (target[r] == host && !own_router[router[r]]) {
				mesh = !gateways[router[r]] || in_mesh[router[r]]
				print router[r], (mesh || subset[r] != "-" ? "conflict" : "past")
			}
		}
	'
}

# still_used DEPLOYMENT KEPT: who else would lose its pods with it: routes to a subset that only it has, and Services that
# select only it.
still_used() {
	about '
		function only(wanted) { return has(pods[dropped], wanted) && !has(pods[kept], wanted) }
		END {
			for (r = 1; r <= routes; r++) {
				key = target[r] " " subset[r]
				if (weight[r] > 0 && key in labels && only(labels[key])) print "VirtualService " router[r] " sends it " weight[r] " % of the traffic for " target[r]
			}
			for (s in selector) if (selector[s] != "" && only(selector[s])) print "Service " s " selects only it"
		}
	' dropped="$1" kept="$2" >"$scratch/users" || echo "who uses it can't be told" >"$scratch/users"
	head -n 1 "$scratch/users"
}

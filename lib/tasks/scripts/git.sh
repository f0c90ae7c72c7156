# shellcheck shell=dash
# Fetches a repository. Needs common.sh.

# No prompts, no configuration from elsewhere, no transport that runs programs, and no server that keeps one waiting.
export GIT_TERMINAL_PROMPT=0 GIT_ALLOW_PROTOCOL=https:http:ssh GIT_CONFIG_NOSYSTEM=1 \
	GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=30
# Tekton writes the keys of the service account's Secrets here. ssh itself would look into the home that /etc/passwd names,
# and would trust any server.
export SSH_FOLDER="${CREDENTIALS:-$HOME}/.ssh"
export GIT_SSH_COMMAND='ssh -F "$SSH_FOLDER/config" -o UserKnownHostsFile="$SSH_FOLDER/known_hosts" -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o BatchMode=yes -o ConnectTimeout=30'
: "${GIT_SECONDS:=120}"

check_repository() {
	case $1 in
	ssh://*:*@* | http*@*) fail "param repository has a user or password in it; expected none; put them in a Secret" ;;
	esac
	check repository "$1" '(https?://|ssh://([A-Za-z0-9][A-Za-z0-9._-]*@)?)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?/([A-Za-z0-9._~/+-]|%[0-9A-Fa-f][0-9A-Fa-f])+' \
		'a URL such as https://git.example.com/team/service or ssh://git@git.example.com/team/service' 500
}

check_revision() {
	check revision "$1" '[A-Za-z0-9_]([A-Za-z0-9._/@+-]*[A-Za-z0-9_+-])?' \
		'a branch, a tag or a commit: letters, digits and . _ / @ + -, not beginning with - or .' 255
	case $1 in *..* | *//* | *@\{*) fail "param revision is '$(shown "$1")'; expected a branch, a tag or a commit without .. or //" ;; esac
}

# fetch REPOSITORY REVISION FOLDER: checks the repository out at the revision, or at the head of its default branch
# where the revision is empty. Begins anew in a folder that an earlier try left behind.
fetch() {
	local until
	case $1 in
	ssh://*)
		[ -e "$SSH_FOLDER/config" ] ||
			fail "param repository is '$1', and the service account has no Secret with a key for it; give it one of type kubernetes.io/ssh-auth, with ssh-privatekey and known_hosts (CredentialsSecret.gitSshAuth)"
		;;
	esac
	rm -rf "$3"
	git init -q "$3"
	cd "$3"
	git config advice.detachedHead false
	git remote add origin "$1"
	until=$(($(now) + GIT_SECONDS))
	while ! fetch_once "${2:-HEAD}" 2>"$3/.git/error"; do
		# Servers that answer with a refusal will refuse again.
		if grep -Eqi "couldn't find remote ref|not found|authentication|could not read username|access denied|permission denied|not our ref|host key verification failed" "$3/.git/error"; then
			break
		fi
		[ "$(now)" -lt "$until" ] || break
		say "git: $(git_error "$3/.git/error"); trying again"
		pause
	done
	git rev-parse -q --verify FETCH_HEAD >/dev/null 2>&1 ||
		fail "can't fetch '${2:-HEAD}' of $1: $(git_error "$3/.git/error"); check repository and revision, and the Git secret of the service account"
	git checkout -q FETCH_HEAD
	[ ! -f .gitmodules ] || say 'the repository has submodules, which are not fetched'
}

# fetch_once REVISION: a branch before a tag of the same name, which other people may be allowed to make.
fetch_once() {
	if [ "$1" != HEAD ] && ! matches "$1" "$whole_commit"; then
		get --depth 1 origin "refs/heads/$1" && return
		grep -q "couldn't find remote ref" .git/error || return
		get --depth 1 origin "refs/tags/$1" && return
	fi
	get --depth 1 origin "$1" && return
	# Servers may refuse a commit that is no branch's or tag's head, and don't know short ones; then all history is fetched.
	matches "$1" '[0-9a-f]{7,64}' || return 1
	get --tags origin '+refs/heads/*:refs/remotes/origin/*' && git rev-parse -q --verify "$1^{commit}" >.git/FETCH_HEAD
}

# git_error FILE: the reason, which for ssh stands before what Git says of it.
git_error() {
	grep -Ev '^(fatal: Could not read from remote repository|Please make sure you have|and the repository exists|$)' "$1" | tail -n 1 | tr -d '\r'
}

get() { timeout 600 git fetch -q "$@"; }

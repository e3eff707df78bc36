#!/usr/bin/env bash
# Makes the environment .venv beside this file and runs a command inside it.
#
#   ./create_env.sh                         make or refresh the environment
#   ./create_env.sh gene-tui query "HBA1"   the same, then run the command inside it
#   ./create_env.sh pytest                  likewise, with the development tools
#   source create_env.sh                    the same, and leave it active in this shell
#
# Needs Python 3.11 or newer (GENE_TUI_PYTHON names one to prefer) and, the first time, the
# network. Uses uv where present, else python's own venv and pip. Writes to .venv and .venv.lock
# beside this file and to the package manager's cache, nowhere else. Messages go to standard
# error, so that a command's output can be piped.

# Sourced (by bash or zsh): prepare in a process of our own, so that neither options, variables
# nor an exit reach the caller's shell; then activate.
if [ -n "${ZSH_VERSION:-}" ] || (return 0 2>/dev/null); then
  bash "${BASH_SOURCE[0]:-$0}" --prepare || return
  # shellcheck disable=SC1091 # made by the line above
  . "$(dirname -- "${BASH_SOURCE[0]:-$0}")/.venv/bin/activate"
  return
fi

set -euo pipefail

# Physical, so that the same checkout reached over two links keeps one environment.
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
venv=$root/.venv
stamp=$venv/.installed       # what the environment was made from; written last
unfinished=$venv/.unfinished # there while packages are being copied
log=$venv/install.log
oldest=3.11

say() { printf '%s\n' "$*" >&2; }

die() {
  say "create_env.sh: $*"
  exit 1
}

# --- is there anything to do? ---------------------------------------------------------------

# Everything the environment depends on, with extras $1. The path is part of it because the
# scripts in .venv/bin hold it: a checkout that was moved needs a new environment.
recipe() {
  printf '%s\n%s\n' "$1" "$root"
  cat -- "$root/pyproject.toml" "$root/constraints.txt"
}

# The environment has the extras $1 (dev has more than all) and nothing has changed since.
is_current() {
  local made
  [ -x "$venv/bin/python" ] && [ -r "$stamp" ] && [ ! -e "$unfinished" ] || return 1
  made=$(cat -- "$stamp")
  [ "$made" = "$(recipe dev)" ] || { [ "$1" = all ] && [ "$made" = "$(recipe all)" ]; }
}

# --- finding Python -------------------------------------------------------------------------

# Prints "VERSION PATH" of the interpreter $1, the one underneath where $1 is itself a virtual
# environment's or a version manager's stand-in; fails where $1 does not run.
describe() {
  "$1" -c 'import sys
print("%d.%d.%d %s" % (tuple(sys.version_info[:3]) + (getattr(sys, "_base_executable", sys.executable),)))' 2>/dev/null
}

is_new_enough() {
  local major minor
  IFS=. read -r major minor _ <<<"$1"
  [ "$major" -gt "${oldest%.*}" ] || { [ "$major" -eq "${oldest%.*}" ] && [ "$minor" -ge "${oldest#*.}" ]; }
}

# Sets python to an interpreter of at least $oldest, or dies.
find_python() {
  local candidate found seen=''
  if [ -n "${GENE_TUI_PYTHON:-}" ]; then
    found=$(describe "$GENE_TUI_PYTHON") || die "GENE_TUI_PYTHON=$GENE_TUI_PYTHON does not run"
    is_new_enough "${found%% *}" ||
      die "GENE_TUI_PYTHON=$GENE_TUI_PYTHON is Python ${found%% *}; gene-tui needs $oldest or newer"
    python=${found#* }
    return
  fi
  for candidate in "$root/.python/bin/python3" python3 python python3.13 python3.12 python3.11 python3.14; do
    found=$(describe "$candidate") || continue
    if is_new_enough "${found%% *}"; then
      python=${found#* }
      return
    fi
    seen=${seen:-"only ${found%% *} ($candidate)"}
  done
  if has_uv && python=$(uv python find --no-python-downloads ">=$oldest" 2>/dev/null); then
    return
  fi
  die "gene-tui needs Python $oldest or newer and found ${seen:-none}; one line gets it:" \
    "micromamba create -y -p '$root/.python' -c conda-forge python=3.12"
}

# --- making and filling the environment -----------------------------------------------------

has_uv() { command -v uv >/dev/null 2>&1; }

# The environment's own interpreter runs, is new enough and can install packages.
is_usable() {
  local found
  [ -x "$venv/bin/python" ] && [ ! -e "$unfinished" ] || return 1
  # The scripts in .venv/bin name their folder: a moved checkout starts again.
  grep -qsF "$venv" "$venv/bin/activate" || return 1
  found=$(describe "$venv/bin/python") && is_new_enough "${found%% *}" || return 1
  has_uv || "$venv/bin/python" -c 'import pip' 2>/dev/null
}

make_venv() {
  local message
  find_python
  if ! has_uv && ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    die "$python has no venv module; install it (Debian, Ubuntu: apt install python3-venv) or uv"
  fi
  # Emptied, not removed: .venv may be a link to a disk with more room.
  if [ -e "$venv" ]; then find "$venv/" -mindepth 1 -delete; fi
  say "making .venv with $python"
  if has_uv; then
    message=$(uv venv --quiet --no-python-downloads --python "$python" "$venv" 2>&1)
  else
    message=$("$python" -m venv "$venv" 2>&1)
  fi || die "$venv cannot be made: $(tail -n 1 <<<"$message")"
}

# Shows on a terminal, in one line, what is being worked on.
show_progress() {
  local line
  if [ ! -t 2 ]; then
    cat >/dev/null
    return
  fi
  while IFS= read -r line; do printf '\r\033[K%.76s' "$line" >&2; done
  printf '\r\033[K' >&2
}

install_packages() {
  local command=("$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-user)
  if has_uv; then
    command=(uv pip install --python "$venv/bin/python" --compile-bytecode)
  fi
  (cd -- "$root" && "${command[@]}" --constraint constraints.txt --editable ".[$1]") 2>&1 |
    tee "$log" | show_progress
}

# One line that says why the installation failed, from its log.
explain_failure() {
  local refused='connection broken|connection error|failed to establish|name resolution|timed out|ProxyError|Max retries|unreachable|error sending request|dns error|failed to fetch|SSLError'
  local last
  last=$(grep -E '^ *[A-Za-z.]+Error: ' "$log" | tail -n 1 || true)
  last=${last:-$(grep -iE '^ *(error: |×|╰)' "$log" | tail -n 1 || true)}
  last=${last#"${last%%[! ]*}"} # without the indentation
  if grep -qiE 'no space left|quota exceeded' "$log"; then
    die "the disk is full or the quota used up; .venv needs about 2 GB (log: $log)"
  elif grep -qiE 'ResolutionImpossible|conflicting dependencies' "$log"; then
    die "pyproject.toml and constraints.txt ask for different versions (log: $log)"
  elif grep -qiE "$refused" "$log"; then
    die "the package registry cannot be reached: check the network and proxy settings (log: $log)"
  elif grep -qiE 'no matching distribution|no solution found' "$log"; then
    die "Python $("$venv/bin/python" -V 2>&1 | cut -d' ' -f2) lacks a package of the tested set;" \
      "GENE_TUI_PYTHON=python3.12 chooses another Python (log: $log)"
  fi
  die "the packages could not be installed: ${last:-see the log} (log: $log)"
}

# Brings the environment to extras $1. Runs under the lock.
refresh() {
  local extras=$1 started=$SECONDS python
  if is_current "$extras"; then return; fi # another run did it while this one waited
  # What once had the development tools keeps them.
  if [ -r "$stamp" ] && [ "$(head -n 1 -- "$stamp")" = dev ]; then extras=dev; fi
  if ! is_usable; then make_venv; fi
  rm -f -- "$stamp"
  # A package half copied looks installed to pip, so an interrupted run starts again from empty.
  : >"$unfinished"
  trap 'say "create_env.sh: interrupted; run it again"; exit 130' INT TERM
  say "installing gene-tui[$extras] and what it needs into .venv; the first time takes minutes"
  if ! install_packages "$extras"; then
    rm -f -- "$unfinished"
    explain_failure
  fi
  trap - INT TERM
  recipe "$extras" >"$stamp.new"
  rm -f -- "$unfinished"
  mv -- "$stamp.new" "$stamp"
  say ".venv is ready ($((SECONDS - started)) s)"
}

# Two runs at once take turns, where the system and the disk know locks.
refresh_locked() {
  (
    if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
      say "waiting for another create_env.sh to finish with .venv"
      flock 9 || true
    fi
    refresh "$1"
  ) 9>>"$root/.venv.lock"
}

next_steps() {
  say 'The environment is ready. Next:'
  say '  ./create_env.sh gene-tui                open the app'
  say '  ./create_env.sh gene-tui query "HBA1"   ask one question'
  say '  ./create_env.sh pytest                  run the tests'
  say '  source create_env.sh                    make gene-tui a command of this shell'
}

main() {
  local extras=all
  case ${1:-} in
    -h | --help)
      sed -n '2,/^$/s/^# \{0,1\}//p' -- "${BASH_SOURCE[0]}"
      return
      ;;
  esac
  case ${1:-} in
    pytest | ruff | mypy | lint-imports) extras=dev ;;
  esac
  # An interpreter's modules from elsewhere must not pass for the environment's own.
  unset PYTHONPATH PYTHONHOME
  if ! is_current "$extras"; then
    [ -w "$root" ] || die "$root cannot be written to, and .venv needs to be made or refreshed there"
    refresh_locked "$extras"
  fi
  case ${1:-} in
    --prepare) return ;;
    '') next_steps; return ;;
  esac
  export VIRTUAL_ENV=$venv PATH=$venv/bin:$PATH
  command -v -- "$1" >/dev/null 2>&1 || {
    say "create_env.sh: there is no command $1 in .venv or on the PATH"
    exit 127
  }
  exec "$@"
}

main "$@"

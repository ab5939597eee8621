# Made by scripts/update-completion with shtab (https://github.com/tqdm/shtab, MPL-2.0).

_shtab_han2x_keys_subparsers=(import enter)
_shtab_han2x_subparsers=(run decode record replay simulate registers keys certificates password history status check update address)

_shtab_han2x_run_option_strings=(-h --help --settings --state-dir --modbus --web --https --port --simulate --demo)
_shtab_han2x_decode_option_strings=(-h --help --kamstrup-energy-wh --kamstrup-current-a --kamstrup-voltage-v --encryption-key --authentication-key --p1-checksum)
_shtab_han2x_record_option_strings=(-h --help --serial-settings --output -o --force --seconds)
_shtab_han2x_replay_option_strings=(-h --help --every --scaling-factor --when-stale --kamstrup-energy-wh --kamstrup-current-a --kamstrup-voltage-v --encryption-key --authentication-key --p1-checksum)
_shtab_han2x_simulate_option_strings=(-h --help --meter --tcp --link --encrypt --speed --trace --fault --seed)
_shtab_han2x_registers_option_strings=(-h --help --live --unit)
_shtab_han2x_keys_import_option_strings=(-h --help --password --serial --unit --settings --state-dir)
_shtab_han2x_keys_enter_option_strings=(-h --help --unit --settings --state-dir)
_shtab_han2x_keys_option_strings=(-h --help)
_shtab_han2x_certificates_option_strings=(-h --help --host --client --operator)
_shtab_han2x_password_option_strings=(-h --help --state-dir)
_shtab_han2x_history_option_strings=(-h --help --settings --state-dir --unit --series --resolution --from --to --format --list --delete)
_shtab_han2x_status_option_strings=(-h --help --state-dir --json)
_shtab_han2x_check_option_strings=(-h --help --settings --state-dir --example)
_shtab_han2x_update_option_strings=(-h --help --check --acknowledge --refresh --json --state-dir)
_shtab_han2x_address_option_strings=(-h --help --interface --confirm-within --keep --state-dir)
_shtab_han2x_option_strings=(-h --help --version)

_shtab_han2x_run___settings_COMPGEN=_shtab_compgen_files
_shtab_han2x_run___state_dir_COMPGEN=_shtab_compgen_dirs
_shtab_han2x_run___port_COMPGEN=_shtab_compgen_files
_shtab_han2x_decode_pos_0_COMPGEN=_shtab_compgen_files
_shtab_han2x_record_pos_0_COMPGEN=_shtab_compgen_files
_shtab_han2x_record___output_COMPGEN=_shtab_compgen_files
_shtab_han2x_record__o_COMPGEN=_shtab_compgen_files
_shtab_han2x_replay_pos_0_COMPGEN=_shtab_compgen_files
_shtab_han2x_simulate___link_COMPGEN=_shtab_compgen_files
_shtab_han2x_simulate___trace_COMPGEN=_shtab_compgen_files
_shtab_han2x_keys_import_pos_0_COMPGEN=_shtab_compgen_files
_shtab_han2x_keys_import___settings_COMPGEN=_shtab_compgen_files
_shtab_han2x_keys_import___state_dir_COMPGEN=_shtab_compgen_dirs
_shtab_han2x_keys_enter___settings_COMPGEN=_shtab_compgen_files
_shtab_han2x_keys_enter___state_dir_COMPGEN=_shtab_compgen_dirs
_shtab_han2x_certificates_pos_0_COMPGEN=_shtab_compgen_dirs
_shtab_han2x_password___state_dir_COMPGEN=_shtab_compgen_dirs
_shtab_han2x_history___settings_COMPGEN=_shtab_compgen_files
_shtab_han2x_history___state_dir_COMPGEN=_shtab_compgen_dirs
_shtab_han2x_status___state_dir_COMPGEN=_shtab_compgen_dirs
_shtab_han2x_check___settings_COMPGEN=_shtab_compgen_files
_shtab_han2x_check___state_dir_COMPGEN=_shtab_compgen_dirs
_shtab_han2x_update___state_dir_COMPGEN=_shtab_compgen_dirs
_shtab_han2x_address___state_dir_COMPGEN=_shtab_compgen_dirs

_shtab_han2x_run___simulate_choices=(aidon aidon-1p aidon-se am550 am550-at am550-si e360 e450 ie5 kaifa kaifa-1p kaifa-3w kaifa-se kamstrup kamstrup-1p kamstrup-p1 kamstrup-push1 kamstrup-push1-1p p1-be p1-lu p1-nes p1-nl-dsmr2 p1-nl-dsmr4 p1-nl-dsmr5 p1-pl t210-d xt211)
_shtab_han2x_decode___p1_checksum_choices=(required ignored)
_shtab_han2x_replay___when_stale_choices=(exception hold zero)
_shtab_han2x_replay___p1_checksum_choices=(required ignored)
_shtab_han2x_simulate___meter_choices=(aidon aidon-1p aidon-se am550 am550-at am550-si e360 e450 ie5 kaifa kaifa-1p kaifa-3w kaifa-se kamstrup kamstrup-1p kamstrup-p1 kamstrup-push1 kamstrup-push1-1p p1-be p1-lu p1-nes p1-nl-dsmr2 p1-nl-dsmr4 p1-nl-dsmr5 p1-pl t210-d xt211)
_shtab_han2x_simulate___fault_choices=(clock-step flipped-bits late-hourly lost-octets missing-hourly noise stale-hourly wrong-parity)
_shtab_han2x_keys_pos_0_choices=(import enter)
_shtab_han2x_password_pos_0_choices=(reset)
_shtab_han2x_history___resolution_choices=(minute quarter hour day month year)
_shtab_han2x_history___format_choices=(csv jsonl)
_shtab_han2x_address_pos_0_choices=(show default confirm undo)
_shtab_han2x_pos_0_choices=(run decode record replay simulate registers keys certificates password history status check update address)

_shtab_han2x_run__h_nargs=0
_shtab_han2x_run___help_nargs=0
_shtab_han2x_run___simulate_nargs='?'
_shtab_han2x_run___demo_nargs=0
_shtab_han2x_decode__h_nargs=0
_shtab_han2x_decode___help_nargs=0
_shtab_han2x_record__h_nargs=0
_shtab_han2x_record___help_nargs=0
_shtab_han2x_record___force_nargs=0
_shtab_han2x_replay__h_nargs=0
_shtab_han2x_replay___help_nargs=0
_shtab_han2x_simulate__h_nargs=0
_shtab_han2x_simulate___help_nargs=0
_shtab_han2x_registers__h_nargs=0
_shtab_han2x_registers___help_nargs=0
_shtab_han2x_keys_import__h_nargs=0
_shtab_han2x_keys_import___help_nargs=0
_shtab_han2x_keys_enter__h_nargs=0
_shtab_han2x_keys_enter___help_nargs=0
_shtab_han2x_keys_pos_0_nargs=A...
_shtab_han2x_keys__h_nargs=0
_shtab_han2x_keys___help_nargs=0
_shtab_han2x_certificates__h_nargs=0
_shtab_han2x_certificates___help_nargs=0
_shtab_han2x_certificates___operator_nargs=0
_shtab_han2x_password__h_nargs=0
_shtab_han2x_password___help_nargs=0
_shtab_han2x_history__h_nargs=0
_shtab_han2x_history___help_nargs=0
_shtab_han2x_history___list_nargs=0
_shtab_han2x_history___delete_nargs=0
_shtab_han2x_status__h_nargs=0
_shtab_han2x_status___help_nargs=0
_shtab_han2x_status___json_nargs=0
_shtab_han2x_check__h_nargs=0
_shtab_han2x_check___help_nargs=0
_shtab_han2x_check___example_nargs=0
_shtab_han2x_update__h_nargs=0
_shtab_han2x_update___help_nargs=0
_shtab_han2x_update___check_nargs=0
_shtab_han2x_update___acknowledge_nargs=0
_shtab_han2x_update___refresh_nargs=0
_shtab_han2x_update___json_nargs=0
_shtab_han2x_address__h_nargs=0
_shtab_han2x_address___help_nargs=0
_shtab_han2x_address___keep_nargs=0
_shtab_han2x_pos_0_nargs=A...
_shtab_han2x__h_nargs=0
_shtab_han2x___help_nargs=0
_shtab_han2x___version_nargs=0


# $1=COMP_WORDS[1]
_shtab_compgen_files() {
  compgen -f -- $1  # files
}

# $1=COMP_WORDS[1]
_shtab_compgen_dirs() {
  compgen -d -- $1  # recurse into subdirs
}

# $1=COMP_WORDS[1]
_shtab_replace_nonword() {
  echo "${1//[^[:word:]]/_}"
}

# set default values (called for the initial parser & any subparsers)
_set_parser_defaults() {
  local subparsers_var="${prefix}_subparsers[@]"
  sub_parsers=${!subparsers_var-}

  local current_option_strings_var="${prefix}_option_strings[@]"
  current_option_strings=${!current_option_strings_var}

  completed_positional_actions=0

  _set_new_action "pos_$completed_positional_actions" true
}

# $1=action identifier
# $2=positional action (bool)
# set all identifiers for an action's parameters
_set_new_action() {
  current_action="${prefix}_$(_shtab_replace_nonword $1)"

  local current_action_compgen_var=${current_action}_COMPGEN
  current_action_compgen="${!current_action_compgen_var-}"

  local current_action_choices_var="${current_action}_choices[@]"
  current_action_choices="${!current_action_choices_var-}"

  local current_action_nargs_var="${current_action}_nargs"
  if [ -n "${!current_action_nargs_var-}" ]; then
    current_action_nargs="${!current_action_nargs_var}"
  else
    current_action_nargs=1
  fi

  current_action_args_start_index=$(( $word_index + 1 - $pos_only ))

  current_action_is_positional=$2
}

# Notes:
# `COMPREPLY`: what will be rendered after completion is triggered
# `completing_word`: currently typed word to generate completions for
# `${!var}`: evaluates the content of `var` and expand its content as a variable
#     hello="world"
#     x="hello"
#     ${!x} -> ${hello} -> "world"
_shtab_han2x() {
  local completing_word="${COMP_WORDS[COMP_CWORD]}"
  local previous_word="${COMP_WORDS[COMP_CWORD-1]}"
  local completed_positional_actions
  local current_action
  local current_action_args_start_index
  local current_action_choices
  local current_action_compgen
  local current_action_is_positional
  local current_action_nargs
  local current_option_strings
  local sub_parsers
  COMPREPLY=()

  local prefix=_shtab_han2x
  local word_index=0
  local pos_only=0 # "--" delimiter not encountered yet
  _set_parser_defaults
  word_index=1

  # determine what arguments are appropriate for the current state
  # of the arg parser
  while [ $word_index -ne $COMP_CWORD ]; do
    local this_word="${COMP_WORDS[$word_index]}"

    if [[ $pos_only = 1 || " $this_word " != " -- " ]]; then
      if [[ -n $sub_parsers && " ${sub_parsers[@]} " == *" $this_word "* ]]; then
        # valid subcommand: add it to the prefix & reset the current action
        prefix="${prefix}_$(_shtab_replace_nonword $this_word)"
        _set_parser_defaults
      fi

      if [[ " ${current_option_strings[@]} " == *" $this_word "* ]]; then
        # a new action should be acquired (due to recognised option string or
        # no more input expected from current action);
        # the next positional action can fill in here
        _set_new_action $this_word false
      fi

      if [[ "$current_action_nargs" != "*" ]] && \
         [[ "$current_action_nargs" != "+" ]] && \
         [[ "$current_action_nargs" != "?" ]] && \
         [[ "$current_action_nargs" != *"..." ]] && \
         (( $word_index + 1 - $current_action_args_start_index - $pos_only >= \
            $current_action_nargs )); then
        $current_action_is_positional && let "completed_positional_actions += 1"
        _set_new_action "pos_$completed_positional_actions" true
      fi
    else
      pos_only=1 # "--" delimiter encountered
    fi

    let "word_index+=1"
  done

  # Generate the completions

  COMPREPLY=()
  if [[ $pos_only = 0 && "$completing_word" == -* &&
        ( -z "$current_action_compgen" || "$current_action_is_positional" = true ) ]]; then
    # optional argument started: use option strings
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
      compgen -W "${current_option_strings[*]}" -- "$completing_word")
  elif [[ "$previous_word" =~ ^[0-9\&]*[\<\>]\>?$ ]]; then
    # handle redirection operators
    compopt -o filenames 2>/dev/null || : # bash>=4
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$completing_word")
  else
    # use choices & compgen
    local action_compgen_word="$completing_word"
    # handle tab-completing in the middle of a line (#248 <- #116)
    [[ -n "$current_action_compgen" && "$completing_word" == -* ]] && action_compgen_word=""
    [ -n "$current_action_compgen" ] && {
      [[ "$current_action_compgen" =~ _(file|dir|glob|FILE|DIR|GLOB)|File|Dir|Glob ]] &&
        compopt -o filenames 2>/dev/null || : # bash>=4
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
        "$current_action_compgen" "$action_compgen_word")
    }
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
      compgen -W "${current_action_choices[*]}" -- "$completing_word")
  fi

  if [[ ${#COMPREPLY[@]} = 0 ]]; then
    # native fallback matches are not necessarily filenames (e.g. variables)
    compopt +o filenames 2>/dev/null || : # bash>=4
  fi

  return 0
}

complete -o bashdefault -F _shtab_han2x han2x
# Made by scripts/update-completion with shtab (https://github.com/tqdm/shtab, MPL-2.0).


# Parse current commandline:
# - _shtab_han2x_cmdpath=(sub)command path seen so far
# - _shtab_han2x_npos=number of positional arguments given after it
# - options are skipped based on _shtab_han2x_opts_with_value & _shtab_han2x_commands lists
function _shtab_han2x_scan
  set -g _shtab_han2x_cmdpath ''
  set -g _shtab_han2x_npos 0
  set -l tokens (commandline -opc)
  set -e tokens[1]
  set -l expect_value 0
  for t in $tokens
    if test $expect_value -eq 1
      set expect_value 0
      continue
    end
    switch "$t"
      case '--*=*'
        continue
      case '-*'
        if contains -- $t $_shtab_han2x_opts_with_value
          set expect_value 1
        end
        continue
      case '*'
        if test $_shtab_han2x_npos -eq 0
          set -l candidate $t
          if test -n "$_shtab_han2x_cmdpath"
            set candidate "$_shtab_han2x_cmdpath $t"
          end
          if contains -- $candidate $_shtab_han2x_commands
            set -g _shtab_han2x_cmdpath $candidate
            continue
          end
        end
        set -g _shtab_han2x_npos (math $_shtab_han2x_npos + 1)
    end
  end
end

# Condition helper: true if the current (sub)command path equals the given one.
function _shtab_han2x_using
  _shtab_han2x_scan
  test "$_shtab_han2x_cmdpath" = "$argv"
end

set -g _shtab_han2x_commands run decode record replay simulate registers keys 'keys import' 'keys enter' certificates password history status check update address
set -g _shtab_han2x_opts_with_value --authentication-key --client --confirm-within --encrypt --encryption-key --every --fault --format --from --host --https --interface --kamstrup-current-a --kamstrup-energy-wh --kamstrup-voltage-v --link --live --meter --modbus --output --p1-checksum --password --port --resolution --scaling-factor --seconds --seed --serial --serial-settings --series --settings --simulate --speed --state-dir --tcp --to --trace --unit --web --when-stale -o

complete -c han2x -e
complete -c han2x -f

complete -c han2x -n _shtab_han2x_using -s h -l help -d 'show this help message and exit'
complete -c han2x -n _shtab_han2x_using -l version -d 'show program'"'"'s version number and exit'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a run -d 'Runs the gateway until it is stopped. The command line wins over the settings file.'
complete -c han2x -n '_shtab_han2x_using run' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using run' -l settings -xka "(__fish_complete_path (commandline -ct))" -d 'settings file ($HAN2X_SETTINGS, else settings.toml in DIR)'
complete -c han2x -n '_shtab_han2x_using run' -l state-dir -xka "(__fish_complete_directories)" -d 'where state is kept (/var/lib/han2x)'
complete -c han2x -n '_shtab_han2x_using run' -l modbus -x -d 'where Modbus clients connect'
complete -c han2x -n '_shtab_han2x_using run' -l web -x -d 'where browsers connect, and with HTTPS only by --https'
complete -c han2x -n '_shtab_han2x_using run' -l https -x -d 'where browsers connect with HTTPS'
complete -c han2x -n '_shtab_han2x_using run' -l port -xka "(__fish_complete_path (commandline -ct))" -d 'serial port, or socket://HOST:PORT, of the first meter'
complete -c han2x -n '_shtab_han2x_using run' -l simulate -xka "aidon aidon-1p aidon-se am550 am550-at am550-si e360 e450 ie5 kaifa kaifa-1p kaifa-3w kaifa-se kamstrup kamstrup-1p kamstrup-p1 kamstrup-push1 kamstrup-push1-1p p1-be p1-lu p1-nes p1-nl-dsmr2 p1-nl-dsmr4 p1-nl-dsmr5 p1-pl t210-d xt211" -d 'add a simulated meter (kamstrup)'
complete -c han2x -n '_shtab_han2x_using run' -l demo -d 'try it out: local addresses, and a simulated meter when no serial port is configured'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a decode -d 'Reads octets, their hex text, or a capture of '"'"'han2x record'"'"', and prints one JSON object a line.'
complete -c han2x -n '_shtab_han2x_using decode' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using decode' -l kamstrup-energy-wh -x -d 'Wh for each count (10; some meters 1)'
complete -c han2x -n '_shtab_han2x_using decode' -l kamstrup-current-a -x -d 'A for each count (found out)'
complete -c han2x -n '_shtab_han2x_using decode' -l kamstrup-voltage-v -x -d 'V for each count (found out)'
complete -c han2x -n '_shtab_han2x_using decode' -l encryption-key -x -d 'GPK60, 32 hex digits'
complete -c han2x -n '_shtab_han2x_using decode' -l authentication-key -x -d 'GPK61, 32 hex digits'
complete -c han2x -n '_shtab_han2x_using decode' -l p1-checksum -xka "required ignored" -d 'as the setting of that name'
complete -c han2x -n '_shtab_han2x_using decode; and test $_shtab_han2x_npos -eq 0' -ka "(__fish_complete_path (commandline -ct))" -d 'the file to read; - is standard input'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a record -d 'Writes a capture: what came from the line, and when. Send it along with a report of a fault.'
complete -c han2x -n '_shtab_han2x_using record' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using record' -l serial-settings -x -d 'as in the settings (auto: found out)'
complete -c han2x -n '_shtab_han2x_using record' -l output -s o -xka "(__fish_complete_path (commandline -ct))" -d 'the file to write (standard output)'
complete -c han2x -n '_shtab_han2x_using record' -l force -d 'write over a file that is there already'
complete -c han2x -n '_shtab_han2x_using record' -l seconds -x -d 'stop after N seconds (at Ctrl-C)'
complete -c han2x -n '_shtab_han2x_using record; and test $_shtab_han2x_npos -eq 0' -ka "(__fish_complete_path (commandline -ct))" -d 'serial port, or socket://HOST:PORT'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a replay -d 'Plays a capture on its own clock, without waiting, and prints events and registers as JSON.'
complete -c han2x -n '_shtab_han2x_using replay' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using replay' -l every -x -d 'print only the registers, at each multiple of SECONDS'
complete -c han2x -n '_shtab_han2x_using replay' -l scaling-factor -x -d 'in thousandths (1000)'
complete -c han2x -n '_shtab_han2x_using replay' -l when-stale -xka "exception hold zero" -d 'as the setting of that name'
complete -c han2x -n '_shtab_han2x_using replay' -l kamstrup-energy-wh -x -d 'Wh for each count (10; some meters 1)'
complete -c han2x -n '_shtab_han2x_using replay' -l kamstrup-current-a -x -d 'A for each count (found out)'
complete -c han2x -n '_shtab_han2x_using replay' -l kamstrup-voltage-v -x -d 'V for each count (found out)'
complete -c han2x -n '_shtab_han2x_using replay' -l encryption-key -x -d 'GPK60, 32 hex digits'
complete -c han2x -n '_shtab_han2x_using replay' -l authentication-key -x -d 'GPK61, 32 hex digits'
complete -c han2x -n '_shtab_han2x_using replay' -l p1-checksum -xka "required ignored" -d 'as the setting of that name'
complete -c han2x -n '_shtab_han2x_using replay; and test $_shtab_han2x_npos -eq 0' -ka "(__fish_complete_path (commandline -ct))" -d 'a capture as '"'"'han2x record'"'"' writes it; - is standard input'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a simulate -d 'Speaks as a meter on a pseudo-terminal or a TCP port, octet by octet at the line'"'"'s real pace.'
complete -c han2x -n '_shtab_han2x_using simulate' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using simulate' -l meter -xka "aidon aidon-1p aidon-se am550 am550-at am550-si e360 e450 ie5 kaifa kaifa-1p kaifa-3w kaifa-se kamstrup kamstrup-1p kamstrup-p1 kamstrup-push1 kamstrup-push1-1p p1-be p1-lu p1-nes p1-nl-dsmr2 p1-nl-dsmr4 p1-nl-dsmr5 p1-pl t210-d xt211" -d 'kind of meter (kamstrup); ? lists them'
complete -c han2x -n '_shtab_han2x_using simulate' -l tcp -x -d 'serve a TCP port in place of a pseudo-terminal'
complete -c han2x -n '_shtab_han2x_using simulate' -l link -xka "(__fish_complete_path (commandline -ct))" -d 'make PATH a link to the pseudo-terminal'
complete -c han2x -n '_shtab_han2x_using simulate' -l encrypt -x -d 'encrypt with this encryption and authentication key'
complete -c han2x -n '_shtab_han2x_using simulate' -l speed -x -d 'let the meter'"'"'s time go X times as fast'
complete -c han2x -n '_shtab_han2x_using simulate' -l trace -xka "(__fish_complete_path (commandline -ct))" -d 'draw the power in this file: a row a second, p_w,q_var'
complete -c han2x -n '_shtab_han2x_using simulate' -l fault -xka "clock-step flipped-bits late-hourly lost-octets missing-hourly noise stale-hourly wrong-parity" -d 'what goes wrong; ? lists them'
complete -c han2x -n '_shtab_han2x_using simulate' -l seed -x -d 'another household (1)'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a registers -d 'Prints the register map. With --live, reads a running gateway or a HAN2X box.'
complete -c han2x -n '_shtab_han2x_using registers' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using registers' -l live -x -d 'read all registers from there (port 502)'
complete -c han2x -n '_shtab_han2x_using registers' -l unit -x -d 'unit id to read (1)'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a keys -d 'Puts a meter'"'"'s keys into the settings file. Keys are never shown again.'
complete -c han2x -n '_shtab_han2x_using keys' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using keys; and test $_shtab_han2x_npos -eq 0' -a import -d 'from a Kamstrup KEM or KEM2 file (zip or XML)'
complete -c han2x -n '_shtab_han2x_using keys import' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using keys import' -l password -x -d 'its password (asked for when not given)'
complete -c han2x -n '_shtab_han2x_using keys import' -l serial -x -d 'the meter'"'"'s serial number, when the file has several meters'
complete -c han2x -n '_shtab_han2x_using keys import' -l unit -x -d 'unit id of the meter they are for (1)'
complete -c han2x -n '_shtab_han2x_using keys import' -l settings -xka "(__fish_complete_path (commandline -ct))" -d 'settings file ($HAN2X_SETTINGS, else settings.toml in DIR)'
complete -c han2x -n '_shtab_han2x_using keys import' -l state-dir -xka "(__fish_complete_directories)" -d 'the gateway'"'"'s state directory'
complete -c han2x -n '_shtab_han2x_using keys import; and test $_shtab_han2x_npos -eq 0' -ka "(__fish_complete_path (commandline -ct))" -d 'the KEM file'
complete -c han2x -n '_shtab_han2x_using keys; and test $_shtab_han2x_npos -eq 0' -a enter -d 'from standard input: two lines, or the grid company'"'"'s text'
complete -c han2x -n '_shtab_han2x_using keys enter' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using keys enter' -l unit -x -d 'unit id of the meter they are for (1)'
complete -c han2x -n '_shtab_han2x_using keys enter' -l settings -xka "(__fish_complete_path (commandline -ct))" -d 'settings file ($HAN2X_SETTINGS, else settings.toml in DIR)'
complete -c han2x -n '_shtab_han2x_using keys enter' -l state-dir -xka "(__fish_complete_directories)" -d 'the gateway'"'"'s state directory'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a certificates -d 'Makes an authority, a certificate for this gateway, and one for each client, in a directory.'
complete -c han2x -n '_shtab_han2x_using certificates' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using certificates' -l host -x -d 'a name or address of this gateway'
complete -c han2x -n '_shtab_han2x_using certificates' -l client -x -d 'make a client'"'"'s certificate'
complete -c han2x -n '_shtab_han2x_using certificates' -l operator -d 'these clients may write the scaling factor'
complete -c han2x -n '_shtab_han2x_using certificates; and test $_shtab_han2x_npos -eq 0' -ka "(__fish_complete_directories)" -d 'where the files are, or will be'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a password -d 'Forgets the page'"'"'s password, the API tokens and all logins, so that a new password can be chosen.'
complete -c han2x -n '_shtab_han2x_using password' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using password' -l state-dir -xka "(__fish_complete_directories)" -d 'the gateway'"'"'s state directory'
complete -c han2x -n '_shtab_han2x_using password; and test $_shtab_han2x_npos -eq 0' -ka "reset" -d 'forget it, and let whoever is near choose a new one'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a history -d 'Prints what is remembered of a meter, also while the gateway runs; lists the meters; or deletes.'
complete -c han2x -n '_shtab_han2x_using history' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using history' -l settings -xka "(__fish_complete_path (commandline -ct))" -d 'the settings file, for the time zone'
complete -c han2x -n '_shtab_han2x_using history' -l state-dir -xka "(__fish_complete_directories)" -d 'the gateway'"'"'s state directory'
complete -c han2x -n '_shtab_han2x_using history' -l unit -x -d 'the meter with this unit id (1)'
complete -c han2x -n '_shtab_han2x_using history' -l series -x -d 'a meter by its number in --list, also one that is gone'
complete -c han2x -n '_shtab_han2x_using history' -l resolution -xka "minute quarter hour day month year" -d 'how long the steps are (hour)'
complete -c han2x -n '_shtab_han2x_using history' -l from -x -d 'from this day or moment on, as 2026-01-31'
complete -c han2x -n '_shtab_han2x_using history' -l to -x -d 'up to before this day or moment'
complete -c han2x -n '_shtab_han2x_using history' -l format -xka "csv jsonl" -d 'CSV, or one JSON object a line'
complete -c han2x -n '_shtab_han2x_using history' -l list -d 'list the meters that are remembered'
complete -c han2x -n '_shtab_han2x_using history' -l delete -d 'delete it: all of it, or what is before --to'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a status -d 'Asks the gateway that runs on this computer: meters, line quality, clients, addresses, uptime.'
complete -c han2x -n '_shtab_han2x_using status' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using status' -l state-dir -xka "(__fish_complete_directories)" -d 'the gateway'"'"'s state directory'
complete -c han2x -n '_shtab_han2x_using status' -l json -d 'print all of it as JSON'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a check -d 'Checks the settings file, and the serial ports, certificates, keys and addresses it names.'
complete -c han2x -n '_shtab_han2x_using check' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using check' -l settings -xka "(__fish_complete_path (commandline -ct))" -d 'settings file ($HAN2X_SETTINGS, else settings.toml in DIR)'
complete -c han2x -n '_shtab_han2x_using check' -l state-dir -xka "(__fish_complete_directories)" -d 'the gateway'"'"'s state directory'
complete -c han2x -n '_shtab_han2x_using check' -l example -d 'print an example settings file with every setting'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a update -d 'Says whether there is a newer version, and changes nothing. Exit status: 0 there is none, 1 there is one, 3 it is not known.'
complete -c han2x -n '_shtab_han2x_using update' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using update' -l check -d 'compare what runs with what apt'"'"'s lists have'
complete -c han2x -n '_shtab_han2x_using update' -l acknowledge -d 'dismiss the notice of an upgrade that was taken back'
complete -c han2x -n '_shtab_han2x_using update' -l refresh -d 'have apt fetch its lists first; only root may'
complete -c han2x -n '_shtab_han2x_using update' -l json -d 'print what was found as JSON'
complete -c han2x -n '_shtab_han2x_using update' -l state-dir -xka "(__fish_complete_directories)" -d 'the gateway'"'"'s state directory'
complete -c han2x -n '_shtab_han2x_using; and test $_shtab_han2x_npos -eq 0' -a address -d 'Shows this computer'"'"'s addresses. Its address stays as it is unless somebody changes it: '"'"'default'"'"' gives the documented default address, which is taken back unless it is confirmed in time, by '"'"'confirm'"'"' or on the page.'
complete -c han2x -n '_shtab_han2x_using address' -s h -l help -d 'show this help message and exit'
complete -c han2x -n '_shtab_han2x_using address' -l interface -x -d 'which interface (the first wired one with a cable)'
complete -c han2x -n '_shtab_han2x_using address' -l confirm-within -x -d 'how long that may take (120)'
complete -c han2x -n '_shtab_han2x_using address' -l keep -d 'confirm at once; only where nobody is connected through that interface'
complete -c han2x -n '_shtab_han2x_using address' -l state-dir -xka "(__fish_complete_directories)" -d 'the gateway'"'"'s state directory'
complete -c han2x -n '_shtab_han2x_using address; and test $_shtab_han2x_npos -eq 0' -ka "show default confirm undo" -d 'what to do (show)'

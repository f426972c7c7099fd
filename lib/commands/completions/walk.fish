# Goes along the words before the cursor. Prints the command and its view (one
# line), and then the words of the program that it is to run, a line each.
function __ptrack_walk
    set -l words (commandline -opc)
    set -e words[1]
    set -l at ''
    set -l pending ''
    set -l program
    for word in $words
        if set -q program[1]
            set -a program $word
        else if test -n "$pending"
            set pending ''
        else if contains -- $word $__ptrack_valued
            set pending $word
        else if string match -q -- '-*' $word
            continue
        else if test "$at" = ''; or test "$at" = track
            set at $word
        else if test "$at" = run
            set program $word
        else
            set at "$at $word"
        end
    end
    echo $at
    string join \n -- $program
end

# Whether the line has come to one of these places.
function __ptrack_at
    set -l walked (__ptrack_walk)
    test (count $walked) -le 1; and contains -- "$walked[1]" $argv
end

# The same for a command whatever its view or text.
function __ptrack_before_program
    set -l walked (__ptrack_walk)
    test (count $walked) -le 1; and test (string split -f 1 ' ' -- "$walked[1] ") = $argv[1]
end

# The same with whatever follows.
function __ptrack_in
    set -l walked (__ptrack_walk)
    test "$walked[1]" = $argv[1]
end

# What follows run is another program's line.
function __ptrack_program
    set -l walked (__ptrack_walk)
    set -l line (string escape -- $walked[2..-1])
    # What begins as an option is no program's name, and complete takes it for its own.
    if not set -q line[1]; and string match -q -- '-*' (commandline -ct)
        return
    end
    complete -C (string join ' ' -- $line (commandline -ct))
end

# The formats of a report, and files after one.
function __ptrack_reports
    string join \n -- $argv
    set -l typed (string match -r '^(?:--report=)?(\w+=)(.*)' -- (commandline -ct))
    or return
    string replace -r '^' -- $typed[2] (complete -C "'' $typed[3]")
end

# The names of workspaces or sessions, of the place that the line names.
function __ptrack_names
    set -l place
    set -l before ''
    for word in (commandline -opc)
        switch $before
            case -w --workspace
                set -a place -w $word
            case --dir
                set -a place --dir (string replace -r '^~/' "$HOME/" -- $word)
        end
        switch $word
            case '--workspace=*' '--dir=*'
                set -a place $word
            case '-w?*'
                set -a place $word
        end
        set before $word
    end
    command ptrack completions $argv[1] $place 2>/dev/null </dev/null
end


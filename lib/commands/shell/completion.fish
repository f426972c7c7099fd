function __ptrack_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l answer (command ptrack __complete fish $words "$current" 2>/dev/null </dev/null)
    or return
    set -l head (string split -m 1 ' ' -- "$answer[1] ")
    set -l prefix (string trim -r -- $head[2])
    set -l typed (string sub -s (math 1 + (string length -- "$prefix")) -- "$current")
    switch $head[1]
        case words
            string join \n -- $answer[2..-1]
        case files
            string join \n -- "$prefix"(complete -C "'' $typed")
        case directories
            string join \n -- "$prefix"(__fish_complete_directories $typed)
        case commands
            complete -C "$current"
        case program
            set -l line (string escape -- $words[(math $prefix + 1)..-1])
            complete -C (string join ' ' -- $line "$current")
    end
end

complete -c ptrack -f -a '(__ptrack_complete)'

# The names of workspaces or sessions, of the place that the line names.
def "nu-complete ptrack names" [kind: string, context: string] {
  let words = ($context | split row " ")
  let place = ($words | zip ($words | skip 1) | where {|pair| $pair.0 in ["-w" "--workspace" "--dir"] } | each {|pair| [(if $pair.0 == "-w" { "--workspace" } else { $pair.0 }) $pair.1] } | flatten)
  do { ^ptrack completions $kind ...$place } | complete | get stdout | lines
}

def "nu-complete ptrack workspaces" [context: string] {
  nu-complete ptrack names workspaces $context
}

def "nu-complete ptrack sessions" [context: string] {
  nu-complete ptrack names sessions $context
}


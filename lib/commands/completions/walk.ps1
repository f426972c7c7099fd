Register-ArgumentCompleter -Native -CommandName ptrack -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
    Select-Object -Skip 1 | ForEach-Object { $_.ToString().Trim("'", '"') })
  $at = ''; $view = ''; $pending = ''; $option = ''; $place = @()
  foreach ($word in $words) {
    if ($pending -ne '') {
      if ($option -cin '-w', '--workspace') { $place += @('-w', $word) }
      if ($option -ceq '--dir') { $place += @('--dir', $word) }
      $pending = ''
    } elseif ($word -cmatch '^--(workspace|dir)=') {
      $place += $word
    } elseif ($word.StartsWith('-')) {
      $option = $word
      $row = $global:__PtrackOptions[$at] | Where-Object { $_[0] -ceq $word } |
        Select-Object -First 1
      if ($row) { $pending = $row[3] }
    } elseif ($at -eq '' -or $at -eq 'track') {
      $at = $word
    } elseif ($view -eq '') {
      $view = $word
    }
  }
  # What follows run is another program's line.
  if ($at -eq 'run' -and $view -ne '') { return }
  $found = @(if ($pending -cmatch '^words ') {
    $pending.Substring(6).Split(' ') | ForEach-Object { ,@($_, $_) }
  } elseif ($pending -cin 'workspaces', 'sessions') {
    & ptrack completions $pending @place 2>$null | ForEach-Object { ,@($_, $_) }
  } elseif ($pending -cin 'files', 'directories') {
    Get-ChildItem -Path "$wordToComplete*" -Directory:($pending -eq 'directories') `
      -ErrorAction SilentlyContinue | ForEach-Object {
        $path = Resolve-Path -Relative -LiteralPath $_.FullName
        ,@(($path -replace '^\.[\\/]', ''), $path)
      }
  } elseif ($pending -eq '' -and $wordToComplete.StartsWith('-')) {
    $global:__PtrackOptions[$at] | Where-Object {
      $_[2] -eq '' -or $view -eq '' -or $_[2].Split(' ') -ccontains $view
    }
  } elseif ($pending -eq '' -and $view -eq '') {
    $global:__PtrackWords[$at]
  })
  $found | Where-Object { $_ -and $_[0].StartsWith($wordToComplete) } | ForEach-Object {
    # PowerShell puts it on the line as it is, and obeys what is in it.
    $typed = if ($_[0] -cmatch '^[\w./\\:=-]+\z') { $_[0] } else {
      "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($_[0]) + "'"
    }
    [System.Management.Automation.CompletionResult]::new(
      $typed, $_[0], 'ParameterValue', $_[1])
  }
}

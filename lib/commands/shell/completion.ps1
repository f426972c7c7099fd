Register-ArgumentCompleter -Native -CommandName ptrack -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
    Select-Object -Skip 1 | ForEach-Object { $_.ToString().Trim("'", '"') })
  # An empty argument would get lost, so the last one has a sign before it.
  $answer = @(& ptrack __complete powershell @words "=$wordToComplete" 2>$null)
  if (-not $answer) { return }
  $kind, $prefix = $answer[0].Split(' ', 2)
  $found = @(if ($kind -ceq 'words') {
    $answer | Select-Object -Skip 1 | ForEach-Object { ,$_.Split("`t", 2) }
  } elseif ($kind -cin 'files', 'directories') {
    $typed = $wordToComplete.Substring($prefix.Length)
    Get-ChildItem -Path "$typed*" -Directory:($kind -ceq 'directories') `
      -ErrorAction SilentlyContinue | ForEach-Object {
        $path = Resolve-Path -Relative -LiteralPath $_.FullName
        ,@("$prefix$($path -replace '^\.[\\/]', '')", $path)
      }
  })
  $found | ForEach-Object {
    # PowerShell puts it on the line as it is, and obeys what is in it.
    $typed = if ($_[0] -cmatch '^[\w./\\:=-]+\z') { $_[0] } else {
      "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($_[0]) + "'"
    }
    $help = if ($_[1]) { $_[1] } else { $_[0] }
    [System.Management.Automation.CompletionResult]::new(
      $typed, $_[0], 'ParameterValue', $help)
  }
}

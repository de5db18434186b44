# Check a DreamDesk bundle with what Windows brings along: powershell -File verify.ps1 [-Bundle DIR] [-AllowedSigners FILE]
#
# Needs PowerShell 5.1 or newer and ssh-keygen (the optional feature "OpenSSH Client"). The exit code is 0 if nothing was
# found, 1 if something was, with a line for each fault, 2 if it cannot be told. Checked is: the lists name every file
# and folder and no other, with the right hashes; the list is signed by as many people as required; every decision is
# signed by the auditor whose name it bears. Everything else is checked by verify.py.
param(
    [string]$Bundle = $PSScriptRoot,
    [string]$AllowedSigners = "",
    [string]$Revoked = ""
)
Set-StrictMode -Version 2
$ErrorActionPreference = "Stop"
$script:faults = 0

function Fault([string]$text) {
    $script:faults++
    Write-Output ("FAULT: " + ($text -replace '[^\x20-\x7e]', '?'))
}

function Stop-Unknown([string]$text) {
    Write-Output "It cannot be told: $text"
    exit 2
}

if (-not (Test-Path -LiteralPath $Bundle -PathType Container)) { Stop-Unknown "there is no folder $Bundle" }
$root = (Get-Item -LiteralPath $Bundle).FullName.TrimEnd('\', '/')
if ($AllowedSigners -eq "") { $AllowedSigners = Join-Path $root "allowed_signers" }
if (-not (Test-Path -LiteralPath $AllowedSigners -PathType Leaf)) { Stop-Unknown "there is no file $AllowedSigners" }
if (-not (Get-Command ssh-keygen -ErrorAction SilentlyContinue)) { Stop-Unknown "ssh-keygen is not installed" }

# Names are compared with upper and lower case told apart, which PowerShell's own tables do not do.
function New-Table { New-Object 'System.Collections.Generic.Dictionary[string,string]' ([StringComparer]::Ordinal) }

function Read-List([string]$name) {
    $found = New-Table
    $path = Join-Path $root $name
    if (-not (Test-Path -LiteralPath $path -PathType Leaf)) { Fault "$name is missing"; exit 1 }
    $text = [IO.File]::ReadAllText($path, [Text.Encoding]::GetEncoding(28591))
    if (-not $text.EndsWith("`n")) { Fault "$name is cut short"; exit 1 }
    foreach ($line in $text.Substring(0, $text.Length - 1).Split("`n")) {
        if ($line -cnotmatch '^([0-9a-f]{64})  ([A-Za-z0-9._/-]+)$' -or $found.ContainsKey($Matches[2])) {
            Fault "$name holds a line that is not in form"
            exit 1
        }
        $found[$Matches[2]] = $Matches[1]
    }
    return , $found
}

# ---- 1. the lists, and the files that are there
$payload = Read-List "manifest-sha256.txt"
$tags = Read-List "tagmanifest-sha256.txt"
$there = New-Table
foreach ($entry in Get-ChildItem -LiteralPath $root -Recurse -Force) {
    $name = $entry.FullName.Substring($root.Length + 1).Replace('\', '/')
    if ($entry.Attributes -band [IO.FileAttributes]::ReparsePoint) {
        Fault "$name is a link; a bundle holds plain files"
    } elseif ($entry.PSIsContainer) {
        if (-not (Get-ChildItem -LiteralPath $entry.FullName -Force | Select-Object -First 1)) {
            Fault "$name is a folder that holds nothing"
        }
    } else {
        $there[$name] = $entry.FullName
    }
}
foreach ($name in $there.Keys) {
    $signature = $name -cmatch '^signatures/[^/]+$'
    if (-not ($signature -or $name -ceq "tagmanifest-sha256.txt" -or $payload.ContainsKey($name) -or $tags.ContainsKey($name))) {
        Fault "$name is not listed"
    }
}

# ---- 2. every file is as it was listed
foreach ($list in $payload, $tags) {
    foreach ($name in $list.Keys) {
        if (($list -eq $payload) -ne $name.StartsWith("data/")) { Fault "a list names what it must not: $name" }
        if (-not $there.ContainsKey($name)) {
            Fault "$name is missing"
        } elseif ((Get-FileHash -LiteralPath $there[$name] -Algorithm SHA256).Hash.ToLowerInvariant() -cne $list[$name]) {
            Fault "$name was changed"
        }
    }
}

# ssh-keygen reads what it verifies from its standard input. The shell cmd passes a file on byte by byte; a pipe of
# PowerShell would take it for text.
function Get-Signer([string]$signature, [string]$namespace, [string]$file, [string]$nanoseconds) {
    $seconds = [int64]$nanoseconds.Substring(0, $nanoseconds.Length - 9)
    $moment = ([datetime]'1970-01-01').AddSeconds($seconds).ToString("yyyyMMddHHmmss")
    $time = "verify-time=${moment}Z"
    $who = & ssh-keygen -Y find-principals -f $AllowedSigners -s $signature -O $time 2>$null | Select-Object -First 1
    if ($LASTEXITCODE -ne 0 -or -not $who) { return "" }
    $more = if ($Revoked -ne "") { "-r `"$Revoked`"" } else { "" }
    $command = "ssh-keygen -Y verify -f `"$AllowedSigners`" -I `"$who`" -n $namespace -s `"$signature`" -O $time $more < `"$file`""
    if ([IO.Path]::DirectorySeparatorChar -eq '\') { & cmd /d /c "$command >nul 2>nul" } else { & sh -c "$command >/dev/null 2>&1" }
    if ($LASTEXITCODE -ne 0) { return "" }
    return $who
}

$ErrorActionPreference = "Continue"  # what a program writes to its error output is no end of this one

# ---- 3. the list is signed by those who must
$info = @{}
foreach ($line in [IO.File]::ReadAllLines((Join-Path $root "bag-info.txt"))) {
    $at = $line.IndexOf(": ")
    if ($at -gt 0) { $info[$line.Substring(0, $at)] = $line.Substring($at + 2) }
}
$people = New-Table
foreach ($name in ($there.Keys | Where-Object { $_ -cmatch '^signatures/[^/]+$' })) {
    $who = Get-Signer $there[$name] "dreamdesk-bundle" $there["tagmanifest-sha256.txt"] $info["DreamDesk-Released-At"]
    if ($who -eq "" -or -not $name.EndsWith(".sig")) {
        Fault "$name is not a signature of this bundle by somebody who may sign bundles"
    } elseif ($people.ContainsKey($who)) {
        Fault "$name is a second signature by $who"
    } else {
        $people[$who] = $name
    }
}
$required = [Math]::Max(1, [int]$info["Required-Signatures"])
if ($people.Count -lt $required) { Fault "$($people.Count) of $required required signatures are there" }

# ---- 4. the decisions
$folder = Join-Path (Join-Path $root "data") "provenance"
$number = 0
foreach ($line in [IO.File]::ReadAllLines((Join-Path $folder "decisions.jsonl"))) {
    $number++
    $file = Join-Path (Join-Path $folder "decisions") "$number.json"
    $said = [IO.File]::ReadAllText($file)
    $who = ""
    if ($said -match '"at":(\d+),') { $who = Get-Signer "$file.sig" "dreamdesk-decision" $file $Matches[1] }
    if ($who -eq "" -or -not $said.Contains("`"name`":`"$who`",`"role`":")) {
        Fault "decision $number is not signed by the auditor whose name it bears"
    }
    $hash = (Get-FileHash -LiteralPath $file -Algorithm SHA256).Hash.ToLowerInvariant()
    if (-not ($line.Contains("`"file`":`"decisions/$number.json`"") -and $line.Contains("`"sha256`":`"$hash`""))) {
        Fault "decision $number is shown otherwise than it was signed"
    }
}

if ($script:faults -gt 0) { exit 1 }
Write-Output ("Nothing was found. Signed by: " + ((($people.Keys | Sort-Object) -join ", ") -replace '[^\x20-\x7e]', '?') + ".")
exit 0

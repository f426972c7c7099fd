export function renderManual(): string { return ""; }

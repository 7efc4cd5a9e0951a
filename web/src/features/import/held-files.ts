/** Files chosen for an import, by project: they survive going to another screen and back, not a reload. */
const files = new Map<string, File>();

export function holdFile(projectId: string, file: File | null): void {
  if (file) files.set(projectId, file);
  else files.delete(projectId);
}

export function heldFile(projectId: string): File | null {
  return files.get(projectId) ?? null;
}

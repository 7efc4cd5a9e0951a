export { type TestIdentity, testIdentity } from './identity.ts';
export { noteCreated, notesContract, notesService } from './notes.ts';

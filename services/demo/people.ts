import type { WorkspaceRole } from '@gantry/contracts';

export interface DemoPerson {
  first_name: string;
  last_name: string;
  role: Exclude<WorkspaceRole, 'owner'>;
}

export const DEMO_EMAIL = 'demo@gantry.example';
export const DEMO_WORKSPACE = 'Alder & Finch';
export const DEMO_OWNER = { first_name: 'Dana', last_name: 'Reyes' };

/** Who works at the demo workspace, by the short name the tasks use; `dana` is the demo account itself. */
export const DEMO_PEOPLE: Record<string, DemoPerson> = {
  malik: { first_name: 'Malik', last_name: 'Osei', role: 'admin' },
  ines: { first_name: 'Inés', last_name: 'Calvo', role: 'member' },
  tomas: { first_name: 'Tomas', last_name: 'Lindqvist', role: 'member' },
  priya: { first_name: 'Priya', last_name: 'Raman', role: 'member' },
  noah: { first_name: 'Noah', last_name: 'Keller', role: 'guest' },
};

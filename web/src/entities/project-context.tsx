import { type ProjectVerb, projectAllows } from '@gantry/contracts';
import type { Project } from '@gantry/contracts/projects';
import { createContext, useContext } from 'react';

const ProjectContext = createContext<Project | null>(null);
export const ProjectProvider = ProjectContext.Provider;

/** The project whose screens these are. */
export function useProject(): Project {
  const project = useContext(ProjectContext);
  if (!project) throw new Error('No project around this component');
  return project;
}

/** What I may do in it. The server decides; this hides what it would refuse. */
export function useMay(verb: ProjectVerb): boolean {
  const project = useProject();
  if (project.status === 'archived' && !verb.endsWith('.view')) return false;
  return projectAllows(project.role, verb);
}

import type { ServiceContract } from '@gantry/contracts';
import { notificationsContract } from '@gantry/contracts/notifications';
import { projectsContract } from '@gantry/contracts/projects';
import { tasksContract } from '@gantry/contracts/tasks';
import { usersContract } from '@gantry/contracts/users';

/** Every contract the public API is made of. */
export const CONTRACTS: readonly ServiceContract[] = [
  usersContract,
  projectsContract,
  tasksContract,
  notificationsContract,
];

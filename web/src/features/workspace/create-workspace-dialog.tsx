import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { chooseWorkspace, sessionQuery } from '../../entities/session.ts';
import { api } from '../../lib/client.ts';
import { fieldErrors, formProblem } from '../../lib/problems.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { FormProblem, TextField } from '../../ui/field.tsx';

export function CreateWorkspaceDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => api.createWorkspace({ body: { name: name.trim() } }),
    onSuccess: async (workspace) => {
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      chooseWorkspace(workspace.id);
      setName('');
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const problem = formProblem(create.error, ['name']);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Create workspace"
      description="A workspace has its own people and projects."
    >
      <form onSubmit={submit} className="flex flex-col gap-3" noValidate>
        {problem ? <FormProblem>{problem}</FormProblem> : null}
        <TextField
          label="Name"
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.target.value)}
          error={fieldErrors(create.error).name}
        />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" busy={create.isPending} disabled={!name.trim()}>
            Create workspace
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../lib/client.ts';
import { fieldErrors, formProblem } from '../../lib/problems.ts';
import { Button } from '../../ui/button.tsx';
import { FormProblem, TextField } from '../../ui/field.tsx';
import { PasswordField } from './password-field.tsx';
import { useEnter } from './use-enter.ts';

const FIELDS = ['first_name', 'last_name', 'email', 'password', 'workspace_name'] as const;
type Field = (typeof FIELDS)[number];

export function SignUpForm({ next }: { next: string | undefined }) {
  const [values, setValues] = useState<Record<Field, string>>({
    first_name: '',
    last_name: '',
    email: '',
    password: '',
    workspace_name: '',
  });
  const enter = useEnter(next);
  const signUp = useMutation({
    mutationFn: () =>
      api.signUp({
        body: {
          email: values.email.trim(),
          password: values.password,
          first_name: values.first_name.trim(),
          ...(values.last_name.trim() ? { last_name: values.last_name.trim() } : {}),
          ...(values.workspace_name.trim() ? { workspace_name: values.workspace_name.trim() } : {}),
        },
      }),
    onSuccess: enter,
  });
  const errors = fieldErrors(signUp.error);
  const problem = formProblem(signUp.error, FIELDS);
  const field = (name: Field) => ({
    name,
    size2: 'lg' as const,
    value: values[name],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
    error: errors[name],
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signUp.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2" noValidate>
      {problem ? <FormProblem>{problem}</FormProblem> : null}
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label="First name"
          autoComplete="given-name"
          autoFocus
          maxLength={80}
          {...field('first_name')}
        />
        <TextField
          label="Last name (optional)"
          autoComplete="family-name"
          maxLength={80}
          {...field('last_name')}
        />
      </div>
      <TextField label="E-mail" type="email" autoComplete="email" spellCheck={false} {...field('email')} />
      <PasswordField
        label="Password"
        autoComplete="new-password"
        hint="At least 10 characters."
        {...field('password')}
      />
      <TextField
        label="Workspace (optional)"
        autoComplete="organization"
        maxLength={80}
        placeholder={
          values.first_name.trim() ? `${values.first_name.trim()}’s workspace` : 'Your team or company'
        }
        {...field('workspace_name')}
      />
      <Button look="primary" size="lg" type="submit" busy={signUp.isPending} className="mt-1">
        {signUp.isPending ? 'Creating your account…' : 'Create account'}
      </Button>
    </form>
  );
}

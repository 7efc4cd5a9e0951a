import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../lib/client.ts';
import { fieldErrors, formProblem } from '../../lib/problems.ts';
import { Button } from '../../ui/button.tsx';
import { FormProblem, TextField } from '../../ui/field.tsx';
import { PasswordField } from './password-field.tsx';
import { useEnter } from './use-enter.ts';

export function SignInForm({ next }: { next: string | undefined }) {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const enter = useEnter(next);
  const signIn = useMutation({
    mutationFn: () => api.signIn({ body: { login: login.trim(), password } }),
    onSuccess: enter,
  });
  const errors = fieldErrors(signIn.error);
  const problem = formProblem(signIn.error, ['login', 'password']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2" noValidate>
      {problem ? <FormProblem>{problem}</FormProblem> : null}
      <TextField
        label="E-mail or username"
        size2="lg"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        value={login}
        onChange={(event) => setLogin(event.target.value)}
        error={errors.login}
      />
      <PasswordField
        label="Password"
        size2="lg"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={errors.password}
      />
      <Button look="primary" size="lg" type="submit" busy={signIn.isPending} className="mt-1">
        {signIn.isPending ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  );
}

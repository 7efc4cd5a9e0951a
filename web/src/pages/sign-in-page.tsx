import { Link, useSearch } from '@tanstack/react-router';
import { AuthFrame } from '../features/auth/auth-frame.tsx';
import { SignInForm } from '../features/auth/sign-in-form.tsx';

export function SignInPage() {
  const search = useSearch({ from: '/sign-in' });
  return (
    <AuthFrame
      title="Sign in"
      lead={
        <>
          New here?{' '}
          <Link
            to="/sign-up"
            search={search}
            className="font-medium text-accent-text underline underline-offset-3"
          >
            Create an account
          </Link>
        </>
      }
    >
      <SignInForm next={search.next} />
    </AuthFrame>
  );
}

import { Link, useSearch } from '@tanstack/react-router';
import { AuthFrame } from '../features/auth/auth-frame.tsx';
import { SignUpForm } from '../features/auth/sign-up-form.tsx';

export function SignUpPage() {
  const search = useSearch({ from: '/sign-up' });
  return (
    <AuthFrame
      title="Create your account"
      lead={
        <>
          Have one already?{' '}
          <Link
            to="/sign-in"
            search={search}
            className="font-medium text-accent-text underline underline-offset-3"
          >
            Sign in
          </Link>
        </>
      }
    >
      <SignUpForm next={search.next} />
    </AuthFrame>
  );
}

import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../ui/button.tsx';
import { TextField, type TextFieldProps } from '../../ui/field.tsx';

export function PasswordField(props: TextFieldProps) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <TextField
      {...props}
      type={shown ? 'text' : 'password'}
      trailing={
        <IconButton
          label={shown ? 'Hide password' : 'Show password'}
          tip={false}
          onClick={() => setShown(!shown)}
        >
          <Icon size={16} aria-hidden />
        </IconButton>
      }
    />
  );
}

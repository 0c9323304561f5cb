import { auth } from "../auth";

export default async function Page() {
  const session = await auth();
  if (!session?.user) return <a href="/api/auth/signin">Sign in</a>;
  return (
    <>
      <p>Signed in as {session.user.email}</p>
      <a href="/api/auth/signin">Link an account</a> <a href="/api/auth/signout">Sign out</a>
    </>
  );
}

import { textOf } from './scalars.ts'

/** Whose something is, where that is expanded; null where it is nobody's any more. */
export const ownerDocument = ({
  ownerId,
  ownerLogin,
}: {
  ownerId: number | null
  ownerLogin: string | null
}) => (ownerId === null ? null : { id: textOf(ownerId), username: ownerLogin })

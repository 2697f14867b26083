/** Whether the database can hold a text: PostgreSQL knows no NUL, and UTF-8 no half of a surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

CREATE TABLE "idempotency_keys" (
	"user_id" integer NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" integer,
	"content_type" text,
	"body" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_user_id_key_pk" PRIMARY KEY("user_id","key")
);
--> statement-breakpoint
CREATE TABLE "import_rows" (
	"import_id" integer NOT NULL,
	"line" integer NOT NULL,
	"scan_id" integer,
	"outcome" text NOT NULL,
	"detail" text,
	CONSTRAINT "import_rows_import_id_line_pk" PRIMARY KEY("import_id","line"),
	CONSTRAINT "import_rows_outcome_known" CHECK ("import_rows"."outcome" in ('created','found','skipped','failed'))
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "imports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"user_id" integer,
	"status" text DEFAULT 'ready' NOT NULL,
	"failure" text,
	"metadata_key" text NOT NULL,
	"pictures" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"layer_ids" integer[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "imports_status_known" CHECK ("imports"."status" in ('ready','running','finished','failed'))
);
--> statement-breakpoint
CREATE TABLE "mosaic_scans" (
	"mosaic_id" integer NOT NULL,
	"scan_id" integer NOT NULL,
	"position" integer NOT NULL,
	CONSTRAINT "mosaic_scans_mosaic_id_scan_id_pk" PRIMARY KEY("mosaic_id","scan_id")
);
--> statement-breakpoint
CREATE TABLE "mosaics" (
	"id" integer PRIMARY KEY NOT NULL,
	"is_visible" boolean DEFAULT true NOT NULL,
	"source_uri" text,
	"depicts_year" text
);
--> statement-breakpoint
CREATE TABLE "scan_masks" (
	"scan_id" integer PRIMARY KEY NOT NULL,
	"gml" text NOT NULL,
	"polygons" jsonb NOT NULL,
	"applied" jsonb,
	"saved_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "rectifications" ADD COLUMN "srs" text;--> statement-breakpoint
ALTER TABLE "rectifications" ADD COLUMN "pyramid_key" text;--> statement-breakpoint
ALTER TABLE "rectifications" ADD COLUMN "mask" jsonb;--> statement-breakpoint
ALTER TABLE "scans" ADD COLUMN "mask_stale" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_scan_id_scans_id_fk" FOREIGN KEY ("scan_id") REFERENCES "public"."scans"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mosaic_scans" ADD CONSTRAINT "mosaic_scans_mosaic_id_mosaics_id_fk" FOREIGN KEY ("mosaic_id") REFERENCES "public"."mosaics"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mosaic_scans" ADD CONSTRAINT "mosaic_scans_scan_id_scans_id_fk" FOREIGN KEY ("scan_id") REFERENCES "public"."scans"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mosaics" ADD CONSTRAINT "mosaics_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scan_masks" ADD CONSTRAINT "scan_masks_scan_id_scans_id_fk" FOREIGN KEY ("scan_id") REFERENCES "public"."scans"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_idx" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "import_rows_scan_idx" ON "import_rows" USING btree ("scan_id");--> statement-breakpoint
CREATE INDEX "mosaic_scans_order_idx" ON "mosaic_scans" USING btree ("mosaic_id","position");--> statement-breakpoint
CREATE INDEX "mosaic_scans_scan_idx" ON "mosaic_scans" USING btree ("scan_id");--> statement-breakpoint
CREATE INDEX "activity_user_idx" ON "activity" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users_identity_key" ON "users" USING btree ("provider","uid");
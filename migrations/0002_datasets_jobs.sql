CREATE TABLE "dataset_columns" (
	"dataset_id" integer NOT NULL,
	"position" integer NOT NULL,
	"name" text NOT NULL,
	"column_name" text NOT NULL,
	"type" text NOT NULL,
	"title" text,
	"description" text,
	CONSTRAINT "dataset_columns_dataset_id_name_pk" PRIMARY KEY("dataset_id","name"),
	CONSTRAINT "dataset_columns_type_known" CHECK ("dataset_columns"."type" in ('boolean','integer','bigint','double','text','date','timestamp','time','json','binary'))
);
--> statement-breakpoint
CREATE TABLE "datasets" (
	"id" integer PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"form" text DEFAULT 'vector' NOT NULL,
	"status" text DEFAULT 'ready' NOT NULL,
	"geometry_type" text,
	"dimensions" text DEFAULT 'XY' NOT NULL,
	"srid" integer DEFAULT 4326 NOT NULL,
	"feature_count" bigint DEFAULT 0 NOT NULL,
	"native_extent" double precision[],
	"schema_version" integer DEFAULT 1 NOT NULL,
	"archive_key" text,
	"archive_version" integer,
	"archive_bytes" bigint,
	CONSTRAINT "datasets_form_known" CHECK ("datasets"."form" in ('vector','raster')),
	CONSTRAINT "datasets_status_known" CHECK ("datasets"."status" in ('importing','ready')),
	CONSTRAINT "datasets_dimensions_known" CHECK ("datasets"."dimensions" in ('XY','XYZ','XYM','XYZM'))
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"process" text NOT NULL,
	"owner_id" integer,
	"status" text DEFAULT 'accepted' NOT NULL,
	"progress" integer DEFAULT 0 NOT NULL,
	"message" text,
	"inputs" jsonb NOT NULL,
	"interactive" boolean DEFAULT false NOT NULL,
	"question" jsonb,
	"outputs" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "jobs_status_known" CHECK ("jobs"."status" in ('accepted','running','waiting','successful','failed','dismissed'))
);
--> statement-breakpoint
ALTER TABLE "dataset_columns" ADD CONSTRAINT "dataset_columns_dataset_id_datasets_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."datasets"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "dataset_columns_column_key" ON "dataset_columns" USING btree ("dataset_id","column_name");--> statement-breakpoint
CREATE INDEX "datasets_name_idx" ON "datasets" USING btree ("name");--> statement-breakpoint
CREATE INDEX "jobs_owner_idx" ON "jobs" USING btree ("owner_id","created_at");--> statement-breakpoint
CREATE SCHEMA "data";

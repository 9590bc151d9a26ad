"""Why a source fails, and what to do: from its last runs, the output directory, and a few pages asked for politely."""

/**
 * Locales by which StringNormalizer may fold case: every node has the same table for all of them, that of Unicode. Left out
 * are Turkish, Azeri, Kurdish and Crimean Tatar: there `I` folds to `ı`, so another table would be a wrong answer.
 */
const countries = `af_ZA ar_EG ar_SA be_BY bg_BG bn_BD bn_IN bs_BA ca_ES cs_CZ cy_GB da_DK de_AT de_CH de_DE el_CY el_GR
  en_AU en_CA en_GB en_HK en_IE en_IN en_NZ en_PH en_SG en_US en_ZA es_AR es_CL es_CO es_ES es_MX es_PE es_US et_EE eu_ES
  fa_IR fi_FI fil_PH fr_BE fr_CA fr_CH fr_FR ga_IE gl_ES gu_IN he_IL hi_IN hr_HR hu_HU hy_AM id_ID is_IS it_CH it_IT ja_JP
  ka_GE kk_KZ kn_IN ko_KR lt_LT lv_LV mk_MK ml_IN mr_IN ms_MY mt_MT nb_NO nl_BE nl_NL nn_NO pa_IN pl_PL pt_BR pt_PT ro_RO
  ru_RU ru_UA sk_SK sl_SI sq_AL sr_RS sv_FI sv_SE sw_KE ta_IN te_IN th_TH uk_UA ur_PK uz_UZ vi_VN zh_CN zh_HK zh_SG zh_TW`;

/** As exporters write them: `en_US.UTF-8`, `en_US.utf8`, `en_US`, and `en-US` from Windows. */
export const foldingLocales: readonly string[] = countries
  .split(/\s+/)
  .flatMap((name) => [`${name}.UTF-8`, `${name}.utf8`, name, name.replace('_', '-')]);

/** What the C library has by itself. */
const builtIn: readonly string[] = ['', 'C', 'POSIX', 'C.UTF-8', 'C.utf8'];

/** Whether every node folds case by this name. */
export const isFoldingLocale = (name: string): boolean => builtIn.includes(name) || foldingLocales.includes(name);
